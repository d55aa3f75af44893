"""How the engines' clients are called."""

from __future__ import annotations

from unittest.mock import create_autospec

import pytest
from ansible_collections.holdfast.volumes.plugins.module_utils.engine_client import INPUT, RUNTIME, STATE, call, tell
from ansible_collections.holdfast.volumes.plugins.module_utils.host import Completed, FileState, System

DIRECTORY = FileState("directory", 0o755, 0, 0)


@pytest.fixture
def system():
    fake = create_autospec(System, instance=True)
    fake.stat.return_value = DIRECTORY
    fake.run.return_value = Completed(0, "", "")
    fake.read.side_effect = lambda path: "answer\n" if path.endswith(".out") else "complaint\n"
    return fake


def test_docker_is_called_as_it_is(system):
    system.run.return_value = Completed(0, "26.1", "")
    assert call(system, "docker", ["version"], 30) == Completed(0, "26.1", "")
    system.run.assert_called_once_with(["docker", "version"], 30)


def test_podman_is_started_by_systemd_and_ended_by_it_too(system):
    call(system, "podman", ["pull", "x"], 900)
    argv, timeout = system.run.call_args.args
    assert argv[0] == "systemd-run"
    assert "RuntimeMaxSec=900" in argv
    assert argv[-3:] == ["podman", "pull", "x"]
    assert timeout > 900


def test_podman_answers_through_files_that_are_gone_afterwards(system):
    assert call(system, "podman", ["version"]) == Completed(0, "answer\n", "complaint\n")
    opened = {word.partition("file:")[2] for word in system.run.call_args.args[0] if "file:" in word}
    assert {path.rpartition("/")[0] for path in opened} == {STATE}
    assert {done.args[0] for done in system.remove.call_args_list} == opened


def test_the_files_are_gone_even_when_podman_does_not_end(system):
    system.run.side_effect = TimeoutError
    with pytest.raises(TimeoutError):
        call(system, "podman", ["pull", "x"])
    assert system.remove.call_count == 2


def test_what_podman_is_told_is_in_a_file_of_root_and_on_no_command_line(system):
    tell(system, ["secret", "create", "x"], "hunter2")
    system.write.assert_called_once_with(INPUT, "hunter2", 0o600)
    assert system.run.call_args.args[0][-5:] == ["podman", "secret", "create", "x", INPUT]
    assert "hunter2" not in str(system.run.call_args)


@pytest.mark.parametrize("failure", [TimeoutError, KeyboardInterrupt])
def test_what_podman_is_told_is_gone_whatever_happens(system, failure):
    system.run.side_effect = failure
    with pytest.raises(failure):
        tell(system, ["secret", "create", "x"], "hunter2")
    assert system.remove.call_args.args == (INPUT,)


def test_the_directory_has_its_label_before_it_has_the_file(system):
    system.stat.side_effect = lambda path: None if path == STATE else DIRECTORY
    tell(system, ["secret", "create", "x"], "hunter2")
    assert [done[0] for done in system.method_calls].index("check") < [done[0] for done in system.method_calls].index(
        "write"
    )


def test_the_first_call_on_a_host_labels_the_directory(system):
    system.stat.side_effect = lambda path: None if path == STATE else DIRECTORY
    call(system, "podman", ["version"])
    system.make_directory.assert_called_once_with(STATE)
    system.check.assert_called_once_with(["restorecon", "-R", STATE])


def test_what_a_helper_of_the_package_made_gets_its_label_before_the_first_call(system):
    system.stat.side_effect = lambda path: None if path == f"{RUNTIME}/storage" else DIRECTORY
    call(system, "podman", ["version"])
    system.check.assert_called_once_with(["restorecon", "-R", RUNTIME])


def test_labels_are_left_alone_once_podman_has_run(system):
    call(system, "podman", ["version"])
    system.check.assert_not_called()


def test_without_systemd_podman_is_called_as_it_is(system):
    system.stat.return_value = None
    call(system, "podman", ["version"], 5)
    system.run.assert_called_once_with(["podman", "version"], 5)


def test_systemd_puts_no_variable_of_its_own_into_the_words(system):
    call(system, "podman", ["exec", "holdfast-web", "sh", "-c", "echo $HOME"])
    assert system.run.call_args.args[0][-1] == "echo $$HOME"
    call(system, "docker", ["exec", "holdfast-web", "sh", "-c", "echo $HOME"])
    assert system.run.call_args.args[0][-1] == "echo $HOME"
