using System.Text.RegularExpressions;
using Gateway.Engine.Constraints;
using Gateway.Engine.Constraints.Automata;
using Xunit;
using NetRegex = System.Text.RegularExpressions.Regex;

namespace Gateway.Engine.Tests.Constraints.Regex;

public sealed class RegexGrammarTests
{
    private static readonly string[] Texts =
    [
        "", "a", "b", "ab", "abc", "aab", "abab", "A", "0", "12", "1234", "a1", "_", "-", "a-b", "a.b", "a b", "\t", "\n", "{", "}", "a{", "x{1}", "xx",
        "é", "ab\nc", "foo", "foobar", "xfoo", "2024-02-29", "a|b", "()", "\\", "/", "]", "aXb", "ABAB", "...", "a\u2028b",
    ];

    [Theory]
    [InlineData("a|b|")]
    [InlineData("(ab)+")]
    [InlineData("(?:ab|a)(?:b|bc)?")]
    [InlineData(@"\d{2,4}")]
    [InlineData(@"\w+-\w+")]
    [InlineData(@"[^a-z]+")]
    [InlineData(@"[a-zA-Z_][\w]*")]
    [InlineData(@"a.b")]
    [InlineData(@"[\s\S]*")]
    [InlineData(@"\x61\u0062?")]
    [InlineData(@"[\]\\/-]")]
    [InlineData(@"x{2}|x\{1\}")]
    [InlineData(@"(?<name>a)+?b*?")]
    [InlineData(@"\D\W?")]
    [InlineData(@"^a|b$")]
    [InlineData(@"[-.]+|\.\.\.")]
    [InlineData(@"(a|b){0,2}c?")]
    public void FromRegex_SubsetOfEcma_MatchesWholeTextsAsDotNetDoes(string pattern)
    {
        var grammar = GrammarCompiler.Compile(Grammar.FromRegex(pattern));
        NetRegex expected = new($"^(?:{pattern})$(?!\\n)", RegexOptions.ECMAScript);
        Assert.All(Texts.Where(text => text != "a\u2028b"), text =>
            Assert.True(expected.IsMatch(text) == grammar.Accepts(System.Text.Encoding.UTF8.GetBytes(text)), $"{pattern} and '{text}'"));
    }

    [Theory]
    [InlineData(@"\p{L}+", "Äß你", true)]
    [InlineData(@"\p{Lu}\P{Lu}", "Äß", true)]
    [InlineData(@"\p{Lu}", "ß", false)]
    [InlineData(@"[\p{Nd}x]+", "٣x", true)]
    [InlineData(@"\u{1F600}", "😀", true)]
    [InlineData(@"\uD83D\uDE00", "😀", true)]
    [InlineData(".", "😀", true)]
    [InlineData(".", "\u2028", false)]
    [InlineData("[^a]", "\u2028", true)]
    [InlineData("[😀-😂]", "😁", true)]
    [InlineData("[]", "a", false)]
    [InlineData("[^]", "\n", true)]
    public void FromRegex_Unicode_IsByCodePoints(string pattern, string text, bool matches) =>
        Assert.Equal(matches, Grammar.Choice(Grammar.Literal("#"), Grammar.FromRegex(pattern)).Accepts(text));

    [Theory]
    [InlineData(@"(a)\1", "back references")]
    [InlineData(@"(?<x>a)\k<x>", "back references")]
    [InlineData("a(?=b)", "look-ahead")]
    [InlineData("(?!b)a", "look-ahead")]
    [InlineData("(?<=b)a", "look-behind")]
    [InlineData("(?<!b)a", "look-behind")]
    [InlineData(@"\bword", "word boundaries")]
    [InlineData("(?i)a", "flags")]
    [InlineData("a^b", "middle")]
    [InlineData("(^a)+", "repetition")]
    [InlineData("^*", "anchor")]
    [InlineData("*a", "nothing to repeat")]
    [InlineData("a**", "nothing to repeat")]
    [InlineData("(a", "')'")]
    [InlineData("a)", "')'")]
    [InlineData("[z-a]", "backwards")]
    [InlineData("a{3,2}", "backwards")]
    [InlineData(@"\q", "\\q")]
    [InlineData(@"\p{Klingon}", "Klingon")]
    [InlineData("[a", "too early")]
    [InlineData("a{99999999}", "above")]
    public void FromRegex_WhatIsNotSupported_IsRefusedByName(string pattern, string name) =>
        Assert.Contains(name, Assert.Throws<GrammarException>(() => Grammar.FromRegex(pattern)).Message, StringComparison.Ordinal);

    [Fact]
    public void FromRegex_DeepGroups_AreRefused() =>
        Assert.Throws<GrammarException>(() => Grammar.FromRegex(new string('(', 100_000) + new string(')', 100_000)));
}
