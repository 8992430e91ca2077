"""The program around its commands: help, options for all commands, exit statuses, colours."""

import ast
import io
import os
import re
import subprocess
import sys

import pytest
from conftest import ROOT

from archc import __version__
from archc.cli.context import use_color
from archc.cli.main import COMMANDS, load_command

# Runs `archc ARGUMENTS` with a `check` whose body the test gives.
PROGRAM = """
import os, signal, sys, time, types
import click
from archc.cli.main import main

@click.command()
@click.pass_obj
def command(settings):
    {body}

sys.modules["archc.cli.check"] = types.SimpleNamespace(command=command)
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture
def run_body(run_python):
    """Runs `archc check` with the given line as what the command does."""

    def run(body, *arguments, **options):
        return run_python("-c", PROGRAM.format(body=body), *(arguments or ("check",)), **options)

    return run


# Help and names


@pytest.mark.parametrize("arguments", [["-h"], ["--help"]])
def test_help_lists_every_command_with_its_own_short_help(run_archc, arguments):
    result = run_archc(*arguments)
    assert (result.returncode, result.stderr) == (0, "")
    listed = dict(re.findall(r"^  (\w+) +(\S.*)$", result.stdout.partition("Commands:")[2], re.M))
    assert list(listed) == list(COMMANDS)
    for name, text in listed.items():
        assert text == load_command(name).get_short_help_str(limit=200)


def test_help_needs_no_heavy_package(run_python):
    code = (
        "import sys; from archc.cli.main import HEAVY, main; main(['-h']);"
        "print('loaded:', [name for name in HEAVY if name in sys.modules])"
    )
    assert run_python("-c", code).stdout.endswith("loaded: []\n")


def test_every_command_file_is_listed():
    defined = {
        file.stem
        for file in (ROOT / "archc" / "cli").glob("*.py")
        for node in ast.parse(file.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and node.name == "command"
    }
    assert defined == set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself_and_its_options(run_archc, name):
    result = run_archc(name, "-h")
    assert result.returncode == 0
    assert f"Usage: archc {name}" in result.stdout
    command = load_command(name)
    assert all(getattr(option, "help", "") for option in command.params if option.opts[0][0] == "-")
    names = [text for option in command.params for text in option.opts]
    assert len(names) == len(set(names)), "an option collides with one that all commands have"


def test_version(run_archc):
    assert run_archc("-V").stdout == f"archc {__version__}\n"
    assert run_archc("--version").stdout == f"archc {__version__}\n"


def test_no_command_shows_the_help_as_wrong_usage(run_archc):
    result = run_archc()
    assert (result.returncode, result.stdout) == (2, "")
    assert "Commands:" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["chek"], "did you mean 'check'?"),
        (["explane", "E0301"], "did you mean 'explain'?"),
        (["zzz"], "there are check, "),
        (["nets/a.arch"], "'archc check nets/a.arch' checks this file"),
        (["--colour", "never", "check"], "--color"),
        (["check", "--quit"], "--quiet"),
        (["--color", "pink", "check"], "pink"),
    ],
)
def test_wrong_usage_says_what_was_meant(run_body, arguments, hint):
    result = run_body("pass", *arguments)
    assert (result.returncode, result.stdout) == (2, "")
    assert hint in result.stderr.splitlines()[-1]


def test_shell_completion(run_archc):
    env = {"_ARCHC_COMPLETE": "bash_complete", "COMP_WORDS": "archc expl", "COMP_CWORD": "1"}
    assert run_archc(env=env).stdout == "plain,explain\n"


def test_a_module_of_the_current_folder_is_not_imported(run_archc, tmp_path):
    for name in ("click", "lark"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('imported a stranger')")
    result = run_archc("-V", cwd=tmp_path)
    assert result.stdout == f"archc {__version__}\n", result.stderr


# Options for all commands


@pytest.mark.parametrize(
    ("arguments", "settings"),
    [
        (["check"], "color='auto', quiet=False, verbose=False"),
        (["-q", "--color", "never", "check"], "color='never', quiet=True, verbose=False"),
        (["check", "-q", "--color=never"], "color='never', quiet=True, verbose=False"),
        (["--color=never", "check", "-v"], "color='never', quiet=False, verbose=True"),
        (["--color=never", "check", "--color=always"], "color='always', quiet=False, verbose=Fa"),
    ],
)
def test_settings_stand_before_or_behind_the_command(run_body, arguments, settings):
    assert settings in run_body("print(settings)", *arguments).stdout


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("stream", "choice", "env", "expected"),
    [
        (Terminal(), "auto", {}, True),
        (io.StringIO(), "auto", {}, False),
        (Terminal(), "never", {"FORCE_COLOR": "1"}, False),
        (io.StringIO(), "always", {"NO_COLOR": "1"}, True),
        (Terminal(), "auto", {"NO_COLOR": "1"}, False),
        (Terminal(), "auto", {"NO_COLOR": ""}, True),
        (Terminal(), "auto", {"TERM": "dumb"}, False),
        (io.StringIO(), "auto", {"FORCE_COLOR": "1"}, True),
        (io.StringIO(), "auto", {"FORCE_COLOR": "0"}, False),
        (Terminal(), "auto", {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ],
)
def test_use_color(monkeypatch, stream, choice, env, expected):
    for name in ("NO_COLOR", "FORCE_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    assert use_color(stream, choice) is expected


def test_colours_that_a_command_chose_pass_through_a_pipe(run_body):
    assert run_body(r"click.echo('\x1b[31mred')").stdout == "\x1b[31mred\n"


# Exit statuses


@pytest.mark.parametrize(
    ("body", "status", "stderr"),
    [
        ("return None", 0, ""),
        ("return 1", 1, ""),
        ("click.get_current_context().exit(1)", 1, ""),
        ("raise click.ClickException('no such run')", 1, "archc: no such run\n"),
        ("open('no/such.arch')", 2, "archc: no/such.arch: No such file or directory\n"),
        (
            "raise ModuleNotFoundError(name='torch')",
            2,
            "archc: this needs torch, which is not installed: pip install torch torchvision\n",
        ),
        (
            "{}['no\\nkey']",
            2,
            "archc: internal error: KeyError: 'no\\nkey', please report (-v shows where)\n",
        ),
    ],
)
def test_exit_status_and_the_one_line(run_body, body, status, stderr):
    result = run_body(body)
    assert (result.returncode, result.stdout, result.stderr) == (status, "", stderr)


def test_verbose_shows_where_a_bug_is(run_body):
    result = run_body("1 / 0", "check", "-v")
    assert result.returncode == 2
    assert result.stderr.startswith("Traceback")
    assert result.stderr.splitlines()[-1].startswith("archc: internal error: ZeroDivisionError")


@pytest.mark.parametrize(("name", "status"), [("SIGINT", 130), ("SIGTERM", 143)])
def test_interrupts_run_the_cleaning_up_and_have_their_status(run_body, name, status):
    body = f"""
    # A test run in the background ignores SIGINT, and its children with it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        os.kill(os.getpid(), signal.{name})
        time.sleep(60)
    except KeyboardInterrupt:
        print("saved")
        raise
"""
    result = run_body(body)
    assert (result.returncode, result.stdout, result.stderr) == (status, "saved\n", "")


def test_a_reader_that_goes_away_is_no_problem(tmp_path):
    code = PROGRAM.format(body="[print(i) for i in range(100_000)]")
    with subprocess.Popen(
        [sys.executable, "-c", code, "check"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as child:
        child.stdout.readline()
        child.stdout.close()
        assert child.stderr.read() == b""
    assert child.returncode == 141


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")
def test_a_full_disk_is_reported(tmp_path):
    with open("/dev/full", "w") as full:
        result = subprocess.run(
            [sys.executable, "-c", PROGRAM.format(body="print('result')"), "check"],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=full,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
    assert (result.returncode, result.stderr) == (2, "archc: No space left on device\n")


@pytest.mark.skipif(os.name == "nt", reason="the shell's way to close a file")
def test_a_closed_output_is_no_bug(tmp_path):
    code = PROGRAM.format(body="print('result')")
    result = subprocess.run(
        ["sh", "-c", '"$0" -c "$1" check >&-', sys.executable, code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    assert (result.returncode, result.stderr) == (0, "")


def test_odd_characters_never_stop_the_output(run_body):
    result = run_body(r"print('3 × \udcff')", env={"PYTHONIOENCODING": "ascii"})
    assert (result.returncode, result.stdout) == (0, "3 \\xd7 \\udcff\n")
