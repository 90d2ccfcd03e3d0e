#!/usr/bin/env bash
# Checks everything: format, build, tests, examples. Usage: ./test.sh [--long]
#
#   --long               the full counts (REMOTE_LONG=1); writes a summary under docs/results/
#   REMOTE_ALLOW_SKIP=1  leave out, by name, what this machine cannot run, instead of failing
#   REMOTE_SEED=N        the seed of tests that draw at random; printed, so that a run can be repeated
#
# Needs bash 5.1, coreutils, awk and the .NET SDK; whatever else the tests want it installs itself.
# The last line is always `N passed, N failed`. The exit code is 0 only when nothing failed.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")" || exit 1
# One stream, so that the verdict really comes last; no stdin, so that nothing waits for a key.
exec 2>&1 </dev/null

passed=0
failed=0
problems=()
left_out=()
long=0
verdict_given=0

case "${1-}" in
  '') ;;
  --long) long=1 ;;
  *) echo "usage: ./test.sh [--long]"; echo "0 passed, 1 failed"; exit 2 ;;
esac

say() { printf '\n== %s\n' "$*"; }
pass() { passed=$((passed + $1)); }
fail() { failed=$((failed + $1)); problems+=("$2"); }

verdict() {
  verdict_given=1
  if ((${#left_out[@]})); then
    echo
    printf 'left out (REMOTE_ALLOW_SKIP=1): %s\n' "${left_out[@]}"
  fi
  if ((failed)); then
    echo
    printf 'failed: %s\n' "${problems[@]}"
  fi
  # Nothing checked is not a success.
  if ((passed == 0 && failed == 0)); then failed=1; fi
  echo "$passed passed, $failed failed"
  if ((failed)); then exit 1; fi
  exit 0
}

# Thirty projects compile a quarter faster by one compiler that stays than by one process each (98 s instead of 132 s on two cores). It has a name of
# its own and is ended after each build: it keeps files of this script open, and a build machine waits for that.
compiler=remote-test-$$
sharing=(-p:UseSharedCompilation=false)
if [[ -r /proc/self/cmdline ]]; then sharing=(-p:UseSharedCompilation=true "-p:SharedCompilationId=$compiler"); fi

end_compiler() {
  local line arguments
  for line in /proc/[0-9]*/cmdline; do
    # Not every process can be looked at, and some have ended meanwhile.
    { mapfile -d '' -t arguments <"$line"; } 2>/dev/null || continue
    if [[ " ${arguments[*]} " == *" -pipename:$compiler "* ]]; then kill "${line//[!0-9]/}" 2>/dev/null; fi
  done
}

# Reached by a fault of this script as well as by its normal end; only the normal end has given a verdict.
on_exit() {
  end_compiler
  if ((verdict_given)); then return; fi
  fail 1 "test.sh ended early"
  verdict
}

on_signal() {
  local running
  for running in $(jobs -p); do kill -TERM "$running" 2>/dev/null; done
  fail 1 "interrupted"
  verdict
}
trap on_exit EXIT
trap on_signal INT TERM HUP

# bounded SECONDS COMMAND...: runs it with a ceiling; 124 and 137 mean that the ceiling was hit.
# In the background, because bash runs its traps only between foreground commands.
bounded() {
  local seconds=$1
  shift
  timeout --kill-after=20 "$seconds" "$@" &
  wait "$!"
}

# --- surroundings ---------------------------------------------------------------------------------------------------

results=$PWD/artifacts/test
rm -rf "$results"
mkdir -p "$results"

if [[ -z ${HOME-} || ! -d $HOME || ! -w $HOME ]]; then
  export HOME=$PWD/artifacts/home
  mkdir -p "$HOME"
  echo "HOME is not a writable directory; using $HOME"
fi
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1 DOTNET_GENERATE_ASPNET_CERTIFICATE=false
# Build nodes that outlive this script would keep its output open, and a build machine waits for that.
export MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_USE_MSBUILD_SERVER=0
export REMOTE_SEED=${REMOTE_SEED:-$((RANDOM * 32768 + RANDOM))}
ceiling=540
if ((long)); then
  export REMOTE_LONG=1
  ceiling=21600
fi
echo "seed $REMOTE_SEED"

if ! command -v dotnet >/dev/null; then
  echo "The .NET SDK named in global.json is needed: https://dotnet.microsoft.com/download"
  fail 1 "no dotnet on the path"
  verdict
fi

# --- build ----------------------------------------------------------------------------------------------------------

say "build"
if ! bounded 900 dotnet build Remote.sln -c Release -v quiet -nologo -clp:NoSummary "${sharing[@]}"; then
  fail 1 "build"
  passed=0
  verdict
fi
end_compiler

# --- format ---------------------------------------------------------------------------------------------------------

say "format"
# Folder mode looks at every source file, not only at those some project compiles; generated files are passed over. Side by side, for each is slow to
# start and looks at its files one by one.
format_code=0
formatting=()
for folder in src tests examples benchmarks; do
  [[ -d $folder ]] || continue
  timeout --kill-after=20 180 dotnet format whitespace "$folder" --folder --verify-no-changes &
  formatting+=($!)
done
for one in "${formatting[@]}"; do wait "$one" || format_code=$?; done
if ((format_code == 0)); then
  pass 1
  echo "ok"
else
  fail 1 "format (run: for d in src tests examples benchmarks; do dotnet format whitespace \$d --folder; done)"
fi

# --- what the tests need beyond the SDK -----------------------------------------------------------------------------

needs=

# prepare SCRIPT TRAIT WHAT: installs what the tests with the trait Needs=TRAIT need.
prepare() {
  local script=tests/$1 trait=$2
  [[ -f $script ]] || return 0
  say "$3"
  if bounded 300 bash "$script"; then
    echo "ok"
  elif [[ ${REMOTE_ALLOW_SKIP-} == 1 ]]; then
    left_out+=("tests with the trait Needs=$trait: $script could not install them")
    needs+="${needs:+&}Needs!=$trait"
  else
    fail 1 "$script"
  fi
}

prepare prepare-interop.sh Peers "peers of the interop tests"
prepare prepare-cluster.sh Servers "servers of the cluster tests"
if ((long)); then prepare prepare-prometheus.sh Prometheus "Prometheus, for the queries of the dashboard"; fi
if ((long)); then prepare prepare-chromium.sh Browser "a browser, for the dashboard"; fi
filter=()
if [[ -n $needs ]]; then filter=(--filter "$needs"); fi

# --- tests ----------------------------------------------------------------------------------------------------------

# Prints "total passed failed" of a result file.
counters() {
  awk 'BEGIN { RS = "<" }
       /^Counters / {
         for (i = 1; i <= NF; i++) if (split($i, a, /[="]+/) >= 2) v[a[1]] = a[2]
         print v["total"] + 0, v["passed"] + 0, v["failed"] + 0; found = 1; exit
       }
       END { if (!found) exit 1 }' "$1"
}

# Prints "seconds outcome name" of every test of a result file.
cases() {
  awk 'BEGIN { RS = "<" }
       function attribute(name,   from, rest) {
         from = index($0, " " name "=\"")
         if (!from) return ""
         rest = substr($0, from + length(name) + 3)
         return substr(rest, 1, index(rest, "\"") - 1)
       }
       /^UnitTestResult / {
         split(attribute("duration"), t, ":")
         name = attribute("testName")
         gsub("&quot;", "\"", name); gsub("&lt;", "<", name); gsub("&gt;", ">", name); gsub("&amp;", "\\&", name)
         printf "%.3f %s %s\n", t[1] * 3600 + t[2] * 60 + t[3], attribute("outcome"), name
       }' "$1"
}

# A project passes only if its result file says so and its process says so too.
run_project() {
  local name=$1 configuration=${2-Release}
  local dll=tests/$name/bin/$configuration/net10.0/$name.dll trx=$results/$name${2:+.$2}.trx code=0
  say "$name${2:+ ($2)}"
  if [[ ! -f $dll ]]; then
    fail 1 "$name: the solution does not build it"
    return
  fi
  bounded "$ceiling" dotnet test "$dll" "${filter[@]}" --results-directory "$results" \
    --logger "trx;LogFileName=$name${2:+.$2}.trx" --logger "console;verbosity=minimal" \
    --blame-hang-timeout "$((ceiling / 2))s" --blame-hang-dump-type none || code=$?

  local total=0 ok=0 bad=0
  if ((${#filter[@]} && code == 0)) && { [[ ! -f $trx ]] || [[ $(counters "$trx") == "0 0 0" ]]; }; then
    left_out+=("all tests of $name")
    return
  fi
  if [[ ! -f $trx ]] || ! read -r total ok bad < <(counters "$trx"); then
    fail 1 "$name: no result file (exit code $code)"
    return
  fi
  cases "$trx" >>"$results/cases"
  pass "$ok"
  if ((bad)); then failed=$((failed + bad)); fi
  while read -r _ outcome title; do
    if [[ $outcome == Failed ]]; then problems+=("$name: $title"); fi
  done < <(cases "$trx")

  if ((total == 0)); then fail 1 "$name: no tests found"; fi
  if ((total > ok + bad)); then fail $((total - ok - bad)) "$name: $((total - ok - bad)) tests did not run"; fi
  if ((code == 124 || code == 137)); then
    fail 1 "$name: stopped after $ceiling s"
  elif ((code != 0 && bad == 0)); then
    fail 1 "$name: the test process ended with exit code $code"
  elif ((code == 0 && bad > 0)); then
    echo "note: exit code 0 in spite of failed tests"
  fi
}

for project in tests/*/*.Tests.csproj; do
  [[ -f $project ]] || continue
  name=${project##*/}
  run_project "${name%.csproj}"
done

# The assertions of the source are only there in a debug build; what it allocates says nothing. The counts are those of the default run: it is there for
# what the assertions see, and the full counts have just been through the same code.
if ((long)) && [[ -f tests/Remote.Tests/Remote.Tests.csproj ]]; then
  say "build with assertions"
  if bounded 300 dotnet build tests/Remote.Tests -c Debug -v quiet -nologo -clp:NoSummary "${sharing[@]}"; then
    end_compiler
    filter=(--filter "FullyQualifiedName!~Allocat")
    REMOTE_LONG=0 run_project Remote.Tests Debug
  else
    fail 1 "build with assertions"
  fi
fi

# The start of a tool is measured as it is published: compiled to machine code.
if ((long)) && [[ -d benchmarks/Remote.StartBench ]]; then
  say "native program"
  started=$EPOCHREALTIME
  if bounded 300 bash tests/prepare-native.sh \
    && bounded 900 dotnet publish benchmarks/Remote.StartBench -c Release -r linux-x64 -p:Native=true -o artifacts/native -v quiet -nologo \
    && bounded 300 benchmarks/Remote.StartBench/bin/Release/net10.0/Remote.StartBench --runs 9 --native artifacts/native \
    && bounded 60 artifacts/native/Remote.StartBench configured; then
    pass 1
    outcome=Passed
  else
    outcome=Failed
    fail 1 "native program: it could not be made, its first reply takes too long, or its options do not come from configuration"
  fi
  awk -v from="$started" -v to="$EPOCHREALTIME" -v outcome="$outcome" 'BEGIN { printf "%.3f %s native program\n", to - from, outcome }' >>"$results/cases"
fi

# --- examples -------------------------------------------------------------------------------------------------------

# Three at a time: they wait for their processes more than they compute. What one of them says is shown when it has ended.
declare -A example=()
declare -A began=()

# Waits for the next example that ends.
end_example() {
  local code=0 ended name
  wait -n -p ended "${!example[@]}" || code=$?
  name=${example[$ended]}
  say "example $name --check"
  cat "$results/example.$name"
  awk -v from="${began[$ended]}" -v to="$EPOCHREALTIME" -v code="$code" -v name="$name" \
    'BEGIN { printf "%.3f %s example %s --check\n", to - from, code ? "Failed" : "Passed", name }' >>"$results/cases"
  if ((code == 0)); then pass 1; else fail 1 "example $name --check: exit code $code"; fi
  unset "example[$ended]"
}

for project in examples/*/*.csproj; do
  [[ -f $project ]] || continue
  name=${project##*/}
  name=${name%.csproj}
  dll=${project%/*}/bin/Release/net10.0/$name.dll
  if [[ ! -f $dll ]]; then
    fail 1 "example $name: the solution does not build it"
    continue
  fi
  if ((${#example[@]} == 3)); then end_example; fi
  timeout --kill-after=20 180 dotnet "$dll" --check >"$results/example.$name" 2>&1 &
  example[$!]=$name
  began[$!]=$EPOCHREALTIME
done
while ((${#example[@]})); do end_example; done

# --- what it took ---------------------------------------------------------------------------------------------------

if [[ -f $results/cases ]]; then
  say "ten slowest"
  sort -rn "$results/cases" | head -n 10 | awk '{ s = $1; $1 = $2 = ""; printf "%9.3f s %s\n", s, $0 }'
fi
printf '\n%d s in all\n' "$SECONDS"

if ((long)); then
  commit=$(git rev-parse --short HEAD 2>/dev/null || echo unknown)
  if [[ -n $(git status --porcelain --untracked-files=no 2>/dev/null) ]]; then commit+=" with local changes"; fi
  summary=docs/results/long-$(date -u +%Y-%m-%d)-${commit%% *}.md
  mkdir -p docs/results
  {
    echo "# ./test.sh --long"
    echo
    echo "- result: $passed passed, $failed failed"
    echo "- seconds: $SECONDS"
    echo "- commit: $commit"
    echo "- seed: $REMOTE_SEED"
    echo "- date: $(date -u +%Y-%m-%dT%H:%MZ)"
    echo "- machine: $(nproc) cores, $(awk -F': ' '/^model name/ { print $2; exit }' /proc/cpuinfo 2>/dev/null)," \
      "$(awk '/^MemTotal/ { printf "%.0f GB", $2 / 1048576 }' /proc/meminfo 2>/dev/null), $(uname -sr), SDK $(dotnet --version)"
    for item in "${problems[@]}"; do echo "- failed: $item"; done
    for item in "${left_out[@]}"; do echo "- left out: $item"; done
  } >"$summary"
  echo "summary: $summary"
fi

verdict
