#!/usr/bin/env bash
# Draws the output of a command as an SVG picture of a terminal: eng/terminal-picture.sh COMMAND < output > picture.svg
set -euo pipefail

awk -v command="${1:?the command that made the output}" '
    function escaped(text) { gsub(/&/, "\\&amp;", text); gsub(/</, "\\&lt;", text); return text }
    function line(text, class) { print "  <text class=\"" class "\" x=\"20\" y=\"" y "\">" escaped(text) "</text>"; y += 22 }
    { printed[NR] = $0; if (length($0) > longest) longest = length($0) }
    END {
        if (length(command) + 2 > longest) longest = length(command) + 2
        width = int(longest * 8.45) + 40; height = (NR + 1) * 22 + 62
        print "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" width "\" height=\"" height "\" viewBox=\"0 0 " width " " height "\" role=\"img\">"
        print "  <title>" escaped(command) "</title>"
        print "  <style>text { font: 14px ui-monospace, \"DejaVu Sans Mono\", Menlo, Consolas, monospace; fill: #d7dee6; white-space: pre } .command { fill: #7fd1c7 }</style>"
        print "  <rect width=\"" width "\" height=\"" height "\" rx=\"8\" fill=\"#10212b\"/>"
        print "  <circle cx=\"22\" cy=\"20\" r=\"6\" fill=\"#e0726a\"/><circle cx=\"42\" cy=\"20\" r=\"6\" fill=\"#e3b95c\"/><circle cx=\"62\" cy=\"20\" r=\"6\" fill=\"#7cb86e\"/>"
        y = 58
        line("$ " command, "command")
        for (i = 1; i <= NR; i++) line(printed[i], "output")
        print "</svg>"
    }'
