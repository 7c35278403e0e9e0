"""What a component of Kubeflow runs. Its text is copied into the exported file, so it needs nothing from here."""


def run_step(file: str, step: str, params: str, folder: str, program: str) -> None:  # noqa: D103 - Kubeflow shows it
    import json
    import shlex
    import subprocess

    words = [*shlex.split(program), "pipelines", "run", file, "--only", step, "--cause", "kubeflow"]
    for name, value in json.loads(params).items():
        words += ["-p", f"{name}={json.dumps(value)}"]
    subprocess.run(words, cwd=folder, check=True)
