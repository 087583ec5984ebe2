# Writes the test pictures beside it, with GDAL and rasterio: python3 make.py
import numpy as np, rasterio, subprocess, os
from rasterio.transform import from_origin, Affine
from rasterio.crs import CRS
import tempfile
out=os.path.dirname(os.path.abspath(__file__))+'/'
tmp=tempfile.mkdtemp()+'/'
W,H=200,150
c,r=np.meshgrid(np.arange(W),np.arange(H))
rgb=np.stack([c+20,r+60,np.full_like(c,128)]).astype('uint8')
alpha=np.where((c-100)**2+(r-75)**2<70**2,255,0).astype('uint8')
utm=dict(crs=CRS.from_epsg(32632),transform=from_origin(565000,5185000,2,2))
def w(name,data,**k):
    d=dict(driver='GTiff',width=data.shape[2],height=data.shape[1],count=data.shape[0],dtype=data.dtype); d.update(utm); d.update(k)
    mask=d.pop('mask',None)
    with rasterio.open(os.path.join(out,name),'w',**d) as f:
        f.write(data)
        if mask is not None: f.write_mask(mask)
B=tmp+'base.tif'
w(B,rgb)
w('rgb_strips_plain.tif',rgb[:,:60,:])
w('rgb_tiled_lzw_p2.tif',rgb,tiled=True,blockxsize=64,blockysize=64,compress='lzw',predictor=2)
w('rgb_planar_deflate.tif',rgb,tiled=True,blockxsize=64,blockysize=64,compress='deflate',interleave='band')
w('rgba_deflate_big.tif',np.concatenate([rgb,alpha[None]]),tiled=True,blockxsize=64,blockysize=64,compress='deflate',photometric='rgb',alpha='yes',predictor=2,bigtiff='yes')
with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True):
    w('ycbcr_jpeg_mask.tif',rgb,tiled=True,blockxsize=64,blockysize=64,compress='jpeg',photometric='ycbcr',mask=alpha)
w('grey_packbits_nodata.tif',np.where(alpha>0,rgb[:1],0).astype('uint8'),compress='packbits',nodata=0)
w('grey_alpha_lzw.tif',np.stack([rgb[0],alpha]),compress='lzw',tiled=True,blockxsize=64,blockysize=64,alpha='yes')
env=dict(os.environ,GDAL_TIFF_INTERNAL_MASK='YES')
def run(*a): subprocess.run(a,check=True,env=env,stdout=subprocess.DEVNULL)
# a larger one with overviews as COG
W2,H2=1200,900
c2,r2=np.meshgrid(np.arange(W2),np.arange(H2))
big=np.stack([c2//6+20,r2//6+60,np.full_like(c2,128)]).astype('uint8')
d=dict(driver='GTiff',width=W2,height=H2,count=3,dtype='uint8',crs=utm['crs'],transform=from_origin(565000,5185000,2,2))
with rasterio.open(tmp+'big.tif','w',**d) as f: f.write(big)
run('gdal_translate','-q','-of','COG','-co','BLOCKSIZE=128','-co','COMPRESS=DEFLATE','-co','PREDICTOR=YES',tmp+'big.tif',out+'cog_overviews.tif')
for e,n in ((4326,'degrees'),(3857,'mercator'),(2056,'swiss')):
    run('gdalwarp','-q','-overwrite','-t_srs',f'EPSG:{e}','-r','bilinear','-dstalpha','-co','COMPRESS=DEFLATE','-co','PREDICTOR=2','-co','TILED=YES','-co','BLOCKXSIZE=64','-co','BLOCKYSIZE=64',B,out+f'{n}.tif')
# refused
w('refused_zstd.tif',rgb[:,:16,:16],compress='zstd')
w('refused_16bit.tif',(rgb[:,:16,:16].astype('uint16')*256))
w('refused_no_crs.tif',rgb[:,:16,:16],crs=None)
w('refused_float.tif',rgb[:1,:16,:16].astype('float32'))
with rasterio.open(out+'palette.tif','w',driver='GTiff',width=100,height=16,count=1,dtype='uint8',photometric='palette',compress='deflate',**utm) as f:
    f.write(rgb[0:1,:16,:100]); f.write_colormap(1,{i:(i,255-i,7,255) for i in range(256)})
w('refused_cmyk.tif',np.concatenate([rgb,rgb[:1]])[:,:16,:16],photometric='cmyk')
w('sparse.tif',np.zeros((3,150,200),'uint8'),tiled=True,blockxsize=64,blockysize=64,SPARSE_OK=True)
with rasterio.open(out+'sparse.tif','r+') as f: f.write(rgb[:,64:128,64:128],window=rasterio.windows.Window(64,64,64,64))
a=Affine.translation(565000,5185000)*Affine.rotation(30)*Affine.scale(2,-2)
w('rotated.tif',rgb,transform=a,compress='deflate',predictor=2,tiled=True,blockxsize=64,blockysize=64)
