"""What is drawn, as data: layout, scene, readout, curves. No Qt, no torch."""
