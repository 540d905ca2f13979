"""The suite that runs on any site: `bench run-tests --app medusa_integration`, or `make test`."""
