"""Options with a value that may stand before a subcommand: that value is no subcommand.

Those of the programs in `ANYWHERE` mean the same behind the subcommand, too.
"""

from __future__ import annotations

from aileron.policy.tables import names

_KUBECTL = names("-n --namespace --context --cluster --request-timeout")
_DOCKER = names("--context -c")
_COMPOSE = names("-f --file -p --project-name --profile --env-file --project-directory --ansi")
_AWS = names("--profile --region --output --color --query")
VALUES = {
    "kubectl": _KUBECTL,
    "oc": _KUBECTL,
    "helm": names("-n --namespace --kube-context"),
    "docker": _DOCKER,
    "podman": _DOCKER,
    "nerdctl": frozenset(),
    "docker-compose": _COMPOSE,
    "podman-compose": _COMPOSE,
    "aws": _AWS,
    "gh": names("-R --repo"),
    "gcloud": names("--project --format --region --zone"),
    "git": names("-c -C"),
    "go": names("-C"),
    "terraform": names("-chdir"),
    "tofu": names("-chdir"),
}
ANYWHERE = names("kubectl oc helm aws gh gcloud")
