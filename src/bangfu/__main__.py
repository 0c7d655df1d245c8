from bangfu.cli import main

raise SystemExit(main())
