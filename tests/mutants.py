"""Change the app in one place after another, and see whether a test notices: `make mutants`.

The changes are those of cosmic-ray and two more (a statement or a named argument left out): a random sample
for each module. The suite runs once to learn which tests execute which line; each mutant then gets those
tests only, the fast ones first. All of it happens in a copy of the repository.
"""

import argparse
import ast
import difflib
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import coverage
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.operators.operator import Operator
from cosmic_ray.plugins import get_operator, operator_names
from parso.python.tree import Keyword

ROOT = Path(__file__).parent.parent
APP = "medusa_integration"
LEFT_OUT = re.compile(r"/(setup|tests|patches)/|/(__init__|hooks)\.py$")
GENERATED = re.compile("test_properties|test_all_or_nothing")  # slow: only where nothing else runs a line
# those that want arguments; and "is" for "==", which is the same for the words and small numbers here
UNUSED = re.compile(r"/Variable|(Eq|Lt|LtE|Gt|GtE)_Is(Not)?$")
COVERAGE = f"[run]\nsource = {APP}\nomit = {APP}/tests/*\n"
TIMED = re.compile(r"^([\d.]+)s (?:setup|call) +(\S.*)$", re.M)
IGNORED = shutil.ignore_patterns(".*", "__pycache__")
PYTEST = (sys.executable, "-B", "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider")
FAST = ("--assert=plain", "-p", "no:hypothesispytest", "-p", "no:cov")


class LeaveOutStatement(Operator):
	"""Put `pass` in the place of a call, a `raise`, a `return`, or a change of a field."""

	def mutation_positions(self, node: Any) -> Iterator[tuple]:
		if node.parent and node.parent.type == "simple_stmt" and is_effect(node):
			yield node.start_pos, node.end_pos

	def mutate(self, node: Any, index: int) -> Any:
		return Keyword("pass", node.start_pos, prefix=node.get_first_leaf().prefix)

	@classmethod
	def examples(cls) -> tuple:
		return ()


class LeaveOutArgument(Operator):
	"""Call a function without one of its named arguments."""

	def mutation_positions(self, node: Any) -> Iterator[tuple]:
		if node.type == "argument" and node.children[1] == "=":
			yield node.start_pos, node.end_pos

	def mutate(self, node: Any, index: int) -> Any:
		comma = node.get_next_sibling()
		if comma == ",":
			comma.parent.children.remove(comma)
		return None

	@classmethod
	def examples(cls) -> tuple:
		return ()


def is_effect(node: Any) -> bool:
	"""Return whether a statement does something; without a plain assignment nothing would run at all."""
	if node.type == "expr_stmt":
		target, sign = node.children[:2]
		return target.type == "atom_expr" or (sign.type == "operator" and sign.value != "=")
	return node.type in ("atom_expr", "raise_stmt", "return_stmt") or node in ("raise", "return")


class Mutant(NamedTuple):
	"""One change: the `number`th that an operator can make in a file."""

	path: str
	line: int
	operator: str
	number: int

	def code(self, source: str) -> str:
		return mutate_code(source, operators()[self.operator](), self.number)

	def __str__(self) -> str:
		return f"{self.path}:{self.line} {self.operator} {self.number}"


def operators() -> dict[str, type[Operator]]:
	"""Return the operators that need no arguments, by name."""
	named = {name.split("/")[1]: get_operator(name) for name in operator_names() if not UNUSED.search(name)}
	return {**named, "LeaveOutStatement": LeaveOutStatement, "LeaveOutArgument": LeaveOutArgument}


def find_mutants(path: str, source: str) -> list[list[Mutant]]:
	"""Return all mutants of a file, those that change the same place together."""
	skipped = [span for node in ast.walk(ast.parse(source)) for span in spans_of_types(node)]
	nodes = list(ast_nodes(get_ast(source)))
	places = defaultdict(list)
	for name, operator in operators().items():
		number = 0
		for node in nodes:
			for start, _end in operator().mutation_positions(node):
				if not any(first <= start < last for first, last in skipped):
					places[start, re.split("_|And|Or|True|False", name)[0]].append(
						Mutant(path, start[0], name, number)
					)
				number += 1
	return [places[place] for place in sorted(places)]


def spans_of_types(node: ast.AST) -> Iterator[tuple]:
	"""Yield where a node has what only readers and type checkers see."""
	hidden = [getattr(node, "annotation", None), getattr(node, "returns", None)]
	if isinstance(node, ast.AnnAssign) and node.value is None:
		hidden.append(node)
	if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING":
		hidden.append(node)
	if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__":
		hidden.append(node)
	for part in filter(None, hidden):
		yield (part.lineno, part.col_offset), (part.end_lineno, part.end_col_offset)


def has(node: Any, line: int) -> bool:
	"""Return whether a statement covers a line, its decorators included."""
	first = min([node.lineno, *(decorator.lineno for decorator in getattr(node, "decorator_list", ()))])
	return first <= line <= node.end_lineno


def class_of(test: str) -> str:
	"""Return the class or file of a test."""
	return test.split("[")[0].rpartition("::")[0]


def app_files(root: Path) -> list[str]:
	"""Return the paths of the app's files that can have mutants."""
	paths = (str(path.relative_to(root)) for path in sorted((root / APP).rglob("*.py")))
	return [path for path in paths if not LEFT_OUT.search(path)]


class Suite:
	"""The tests in a copy of the repository: how long each takes, and which lines it executes."""

	def __init__(self, copy: Path):
		self.copy = copy
		log = copy / "suite.log"
		if not log.exists():
			shutil.copytree(
				ROOT, copy, ignore=shutil.ignore_patterns(".*", "__pycache__"), dirs_exist_ok=True
			)
			log.write_text(self.learn())
		self.seconds: dict[str, float] = defaultdict(float)
		for seconds, test in TIMED.findall(log.read_text()):
			self.seconds[test] += float(seconds)
		self.data = coverage.CoverageData(str(copy / ".coverage"))
		self.data.read()

	def learn(self) -> str:
		"""Run the suite, and note which test executes which line; return what it prints."""
		(self.copy / "coverage.ini").write_text(COVERAGE)
		options = ["--durations=0", "--durations-min=0", "--cov-report=", "--cov-context=test"]
		# the tests of the sandbox itself run no line of the app that others do not
		done = self.run("--cov", "--cov-config=coverage.ini", "--ignore=tests/sandbox", *options)
		if done.returncode:
			sys.exit(f"The suite fails without a mutant:\n{done.stdout[-3000:]}")
		return done.stdout

	def run(self, *arguments: str, timeout: float | None = None) -> subprocess.CompletedProcess:
		return subprocess.run(
			[*PYTEST, *arguments], cwd=self.copy, capture_output=True, text=True, timeout=timeout
		)

	def tests_of(self, path: str, lines: set[int]) -> set[str]:
		"""Return the tests that execute one of these lines."""
		contexts = self.data.contexts_by_lineno(str(self.copy / path))
		return {name.rpartition("|")[0] for line in lines for name in contexts.get(line, ()) if name}

	def tests_for(self, mutant: Mutant) -> list[str]:
		"""Return the tests that can notice a mutant, the fast classes first and those over HTTP last."""
		tests = self.tests_of(mutant.path, {mutant.line}) or self.tests_around(mutant)
		tests = {test for test in tests if not GENERATED.search(test)} or tests
		seconds: dict[str, float] = defaultdict(float)
		for test in tests:
			seconds[class_of(test)] += self.seconds[test]
		return sorted(tests, key=lambda test: (test.startswith("tests/"), seconds[class_of(test)], test))

	def tests_around(self, mutant: Mutant) -> set[str]:
		"""Return the tests of the function that a line belongs to, or of the lines that use its names."""
		tree = ast.parse((self.copy / mutant.path).read_text())
		holders = [node for node in ast.walk(tree) if isinstance(node, ast.stmt) and has(node, mutant.line)]
		for node in reversed(holders):
			tests = self.tests_of(mutant.path, set(range(node.lineno, node.end_lineno + 1)))
			if tests and not isinstance(node, ast.ClassDef):
				return tests
		targets = getattr(holders[0], "targets", None) or [getattr(holders[0], "target", holders[0])]
		names = {getattr(target, "id", getattr(target, "name", None)) for target in targets} - {None}
		return {test for name in names for test in self.tests_naming(name)}

	def tests_naming(self, name: str) -> set[str]:
		"""Return the tests of all lines of the app that have this name in them."""
		found = set()
		for path in app_files(self.copy):
			lines = (self.copy / path).read_text().splitlines()
			named = {n for n, text in enumerate(lines, 1) if re.search(rf"\b{name}\b", text)}
			found |= self.tests_of(path, named)
		return found

	def notices(self, mutant: Mutant) -> bool:
		"""Return whether a test fails, or never ends, with this mutant."""
		tests = self.tests_for(mutant)
		if not tests:
			return False
		path = self.copy / mutant.path
		source = (ROOT / mutant.path).read_text()
		path.write_text(mutant.code(source))
		try:
			patience = 60 + 2 * sum(self.seconds[test] for test in tests)
			return self.run(*FAST, *tests, timeout=patience).returncode != 0
		except subprocess.TimeoutExpired:
			return True
		finally:
			path.write_text(source)


def diff(mutant: Mutant, source: str) -> str:
	"""Return the changed lines, as `diff` shows them."""
	lines = difflib.unified_diff(source.splitlines(), mutant.code(source).splitlines(), lineterm="", n=0)
	return "\n".join(line for line in lines if not line.startswith(("---", "+++", "@@")))


def sample(path: str, source: str, arguments: argparse.Namespace) -> list[Mutant]:
	"""Return one mutant for each of so many places of a file, or those that an earlier report lists."""
	places = find_mutants(path, source)
	if arguments.again:
		listed = set(Path(arguments.again).read_text().splitlines())
		return [mutant for place in places for mutant in place if str(mutant) in listed]
	dice = random.Random(f"{arguments.seed} {path}")
	chosen = dice.sample(places, min(arguments.most, len(places)))
	return sorted(dice.choice(place) for place in chosen)


def main() -> None:
	parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
	parser.add_argument("paths", nargs="*", help="files of the app; all where none is named")
	parser.add_argument("--most", type=int, default=40, help="mutants of a file")
	parser.add_argument("--seed", default="1", help="another one draws other mutants")
	parser.add_argument("--again", help="an earlier report: only the mutants that survived there")
	parser.add_argument("--copy", help="a directory for the copy, to be used again")
	arguments = parser.parse_args()
	with tempfile.TemporaryDirectory() as directory:
		suite = Suite(Path(arguments.copy or directory))
		noticed = total = 0
		for path in arguments.paths or app_files(ROOT):
			source = (ROOT / path).read_text()
			mutants = sample(path, source, arguments)
			survivors = []
			for mutant in mutants:
				if not suite.notices(mutant):
					survivors.append(mutant)
					print(f"{mutant}\n{diff(mutant, source)}\n", flush=True)
			print(f"{path}: {len(mutants) - len(survivors)} of {len(mutants)} noticed\n", flush=True)
			noticed, total = noticed + len(mutants) - len(survivors), total + len(mutants)
	print(f"{noticed} of {total} noticed ({noticed / total:.0%})")


if __name__ == "__main__":
	main()
