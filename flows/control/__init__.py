"""How a flow run is begun and stopped in good order: its workshop, its thread, signals, cancels, schedules."""
