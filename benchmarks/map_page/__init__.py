"""The map page in a browser: a step of the slider, and the page's size beside folium's own."""
