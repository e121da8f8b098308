"""`python -m ergodica` is the command line."""

from ergodica.scripts.main import main

if __name__ == "__main__":
    main()
