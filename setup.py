"""Packaging for `bench get-app`. Only the Frappe app is installed: the sandbox and the outer tests stay in
the checkout.
"""

from setuptools import find_packages, setup

setup(
	packages=find_packages(include=["medusa_integration", "medusa_integration.*"]), include_package_data=True
)
