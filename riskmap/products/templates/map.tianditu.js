// The national base map (CGCS2000, tiles in Web Mercator), where the page was made with it: off until someone types a key.
// The key lives in this window alone: it is not stored, and not written into any file.
function startTianditu(map, data) {
  const box = document.getElementById("tianditu");
  if (!data.tianditu) return;
  box.hidden = false;
  const input = document.getElementById("tianditu-key");
  const on = document.getElementById("tianditu-on");
  input.value = data.tianditu.key;
  let shown = [];
  const show = () => {
    shown.forEach((layer) => layer.remove());
    shown = [];
    const key = input.value.trim();
    if (!on.checked || !key) return;
    shown = ["vec", "cva"].map((name) => L.tileLayer(data.tianditu.address, {
      pane: "tianditu", subdomains: "01234567", name: name, key: encodeURIComponent(key), maxZoom: 18,
    }).addTo(map));
  };
  on.addEventListener("change", () => {
    document.body.classList.toggle("with-tianditu", on.checked && input.value.trim() !== "");
    show();
  });
  input.addEventListener("change", show);
}
