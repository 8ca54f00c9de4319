"""The page: ``streamlit run app.py``."""

from planner.ui.main import main

main()
