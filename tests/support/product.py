"""Where the product's parts lie."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = ROOT / "infra" / "template.yaml"
SHARED_DATA = ROOT.parent / "shared" / "data"
