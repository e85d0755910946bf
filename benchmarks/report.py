"""Write results/understanding.html, to browse what is understood and what is not: `make report`."""

from __future__ import annotations

import os
import sys
import warnings
from datetime import date

from benchmarks.datasets import ROOT

FILE = ROOT / "results" / "understanding.html"


def main() -> int:
    """Let the current model parse every unseen message, and write the page."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import sanic  # noqa: F401 - it switches deprecation warnings on, so it is imported before

    warnings.simplefilter("ignore")
    from benchmarks import page, unseen, whole
    from benchmarks.model import current_model
    from kneewise import knowledge
    from kneewise.testing import Assistant

    try:
        model = current_model()
    except FileNotFoundError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    outcomes = whole.listen(Assistant.load(model), unseen.load(), knowledge.load())
    about = {"Model": model.name, "Messages": len(outcomes), "Date": date.today().isoformat()}
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(page.render(outcomes, about), "utf-8")
    sys.stdout.write(f"Open {FILE}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
