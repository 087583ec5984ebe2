mod flight;
mod landscape;
mod radio;
mod render;
