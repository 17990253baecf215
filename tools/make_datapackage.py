"""Write data/datapackage.json from the table contracts."""

import json
from pathlib import Path

from reviewlib.datapackage import describe

TARGET = Path(__file__).parent.parent / "data" / "datapackage.json"
TARGET.write_text(json.dumps(describe(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
print(f"wrote {TARGET.name}")
