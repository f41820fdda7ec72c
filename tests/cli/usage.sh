#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Help, languages, wrong command lines.
. "$(dirname "$0")/tap.sh"

run
exits 2 "no command is wrong usage"
has "which says where help is" "$err" "yunjian --help"
run --help
exits 0 "help is fine"
has "help names the exit codes" "$out" "4  integrity violation"
overview=$out
run help
is "help without dashes is the same" "$out" "$overview"
run --help --lang zh
has "help in Chinese" "$out" "退出码"
has "Chinese by the locale" "$(env LC_ALL=zh_CN.UTF-8 "$YUNJIAN" --help)" "退出码"
LC_ALL=C run --help
has "English in the C locale" "$out" "Exit codes"
has "--lang wins over the locale" "$(env LC_ALL=zh_CN.UTF-8 "$YUNJIAN" --help --lang en)" "Exit codes"

commands=$("$YUNJIAN" --help | sed -n 's/^  \([a-z]\+\( [a-z]\+\)\?\)  .*/\1/p')
is "the overview lists the commands" "$(($(lines "$commands") >= 30))" 1
missing=
while read -r command; do
    for lang in zh en; do
        # shellcheck disable=SC2086
        run $command --help --lang $lang
        [ "$rc" = 0 ] && [ "$(lines "$out")" -ge 6 ] || missing+=" $command/$lang"
        [ $lang = en ] || [[ $out == *用法：* ]] || missing+=" $command/$lang"
        [[ $out == *--json* ]] || missing+=" $command/$lang: options"
        [ "$command" = version ] || [[ $out == *"  yunjian $command"* ]] || missing+=" $command/$lang: example"
    done
done <<<"$commands"
is "every command has help, options and examples in both languages" "$missing" ""
LC_ALL=C.UTF-8
wide=$("$YUNJIAN" --help; while read -r c; do "$YUNJIAN" $c --help; done <<<"$commands")
is "no line of help is wider than 100 columns" "$(awk 'length > 100' <<<"$wide" | grep -v '^  yunjian' | wc -l)" 0
run pack --help
has "a first word lists its commands" "$out" "pack install"
hasnt "and only these" "$out" "backup"

run nonsense
exits 2 "an unknown command"
has "is named" "$err" 'there is no command "nonsense"'
run pack
exits 2 "half a command"
has "asks for the second word" "$err" "second word"
run status --nonsense
exits 2 "an unknown option"
run status --crypto gm
exits 2 "an option of another command"
has "names the command" "$err" "status takes no option --crypto"
run status --json=1
exits 2 "a flag takes no value"
run list
exits 2 "a missing argument"
has "shows the usage" "$err" "usage: yunjian list KIND"
run version more
exits 2 "an argument too many"
run list system --limit 0
exits 2 "a number out of range"
run list system --limit x
exits 2 "no number"
run status --data
exits 2 "an option without its value"
run status --lang fr
exits 2 "a language that is not there"
run version $'\xff'
exits 2 "an argument that is no UTF-8"
run version
exits 0 "version"
is "prints name and version" "$out" "yunjian $("$YUNJIAN" version --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["version"])')"
run status --json --data nowhere
exits 3 "no installation there"
is "errors are JSON with --json" "$(error_json 'v["error"]["code"]')" not_found
is "and nothing is on standard output" "$out" ""
run status --data nowhere --lang zh
has "errors in Chinese" "$err" "文件夹"
is "an error is one line" "$(lines "$err")" 1
"$YUNJIAN" version >/dev/full 2>"$tmp/.err"
is "a full standard output is a failure" "$?" 3
"$YUNJIAN" --help | head -n 1 >/dev/null
is "a reader that has seen enough is none" "${PIPESTATUS[0]}" 0
finish
