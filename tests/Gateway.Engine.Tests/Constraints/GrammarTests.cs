using Gateway.Engine.Constraints;
using Gateway.Engine.Constraints.Automata;
using Xunit;

namespace Gateway.Engine.Tests.Constraints;

public sealed class GrammarTests
{
    [Fact]
    public void Compile_Expressions_DescribeWhatTheySay()
    {
        var grammar = Grammar.Sequence(
            Grammar.Literal("x="), Grammar.Choice(Grammar.Literal("é"), Grammar.Repeat(Grammar.Literal("ab"), 1, 2)), Grammar.Optional(Grammar.Literal(";")));
        Assert.All(["x=é", "x=ab", "x=abab;", "x=é;"], text => Assert.True(grammar.Accepts(text), text));
        Assert.All(["", "x=", "x=ababab", "x=éab", "x=ab;;"], text => Assert.False(grammar.Accepts(text), text));
    }

    [Fact]
    public void Compile_RecursiveRule_CountsBrackets()
    {
        GrammarRule rule = new("brackets");
        rule.Body = Grammar.Choice(Grammar.Literal("x"), Grammar.Sequence(Grammar.Literal("("), Grammar.Reference(rule), Grammar.Literal(")")));
        var grammar = Grammar.Reference(rule);
        Assert.True(grammar.Accepts(new string('(', 100) + "x" + new string(')', 100)));
        Assert.False(grammar.Accepts("((x)"));
        Assert.False(grammar.Accepts("(x))"));
        Assert.False(grammar.Accepts(new string('(', StackTable.MaxDepth + 1) + "x" + new string(')', StackTable.MaxDepth + 1)));
    }

    [Theory]
    [InlineData(0, 1_000_000, 0, true)]
    [InlineData(0, 1_000_000, 1000, true)]
    [InlineData(70, 90, 69, false)]
    [InlineData(70, 90, 70, true)]
    [InlineData(70, 90, 90, true)]
    [InlineData(70, 90, 91, false)]
    [InlineData(500, null, 499, false)]
    [InlineData(500, null, 5000, true)]
    public void Compile_CountedRepetition_HoldsBothLimits(int min, int? max, int count, bool holds) => Assert.Equal(
        holds,
        Grammar.Sequence(Grammar.Repeat(Grammar.Literal("äb"), min, max), Grammar.Literal(".")).Accepts(string.Concat(Enumerable.Repeat("äb", count)) + "."));

    [Fact]
    public void Compile_CountedRepetitionOfWhatMayBeEmpty_IsAnyNumberUpToTheLimit()
    {
        var grammar = Grammar.FromRegex("(a*b?){100,200}");
        Assert.True(grammar.Accepts(""));
        Assert.True(grammar.Accepts(new string('b', 200)));
        Assert.False(grammar.Accepts(new string('b', 201)));
        Assert.True(grammar.Accepts(new string('a', 1000)));
    }

    [Fact]
    public void TextWithout_Marks_AllowsTheirBeginnings()
    {
        var grammar = Grammar.Sequence(Grammar.TextWithout("</a>", "é!"), Grammar.Literal("</a>"));
        Assert.True(grammar.Accepts("<</a b></</a>"));
        Assert.True(grammar.Accepts("é ü</a>"));
        Assert.False(grammar.Accepts("é!</a>"));
        Assert.False(grammar.Accepts("x</a></a>"));
    }

    [Fact]
    public void AnyJsonObject_Documents_AreTold()
    {
        Assert.All(
            ["{}", """{"a": [1, -2.5e3, "x\n\u00e9\ud83d\ude00", {"b": null}], "c": true}""", "{\n  \"a\": 1,\n  \"b\": []\n}"],
            text => Assert.True(Grammar.AnyJsonObject.Accepts(text), text));
        Assert.All(
            ["[]", "{,}", """{"a":01}""", """{"a":"\ud83d"}""", """{"a":1,}""", """{"a" :1}""", "{}}", """{"a":"\x"}""", "{\"a\":\"\n\"}"],
            text => Assert.False(Grammar.AnyJsonObject.Accepts(text), text));
    }

    [Fact]
    public void Step_BytesThatAreNoUtf8_AreNeverAllowed()
    {
        var automaton = GrammarCompiler.Compile(Grammar.AnyText);
        Assert.All(
            new byte[][] { [0x80], [0xC0, 0x80], [0xC3, 0x28], [0xE0, 0x80], [0xED, 0xA0], [0xF4, 0x90], [0xF5], [0xFF], [0xF0, 0x80] },
            bytes => Assert.True(automaton.Read(new StackTable(), bytes).IsDead));
        Assert.False(automaton.Accepts("é"u8[..1]));
    }

    [Fact]
    public void Compile_RuleThatBeginsWithItself_IsRefused()
    {
        GrammarRule rule = new("sum");
        rule.Body = Grammar.Choice(
            Grammar.Literal("1"), Grammar.Sequence(Grammar.Optional(Grammar.Literal(" ")), Grammar.Reference(rule), Grammar.Literal("+1")));
        Assert.Contains("sum", Assert.Throws<GrammarException>(() => GrammarCompiler.Compile(Grammar.Reference(rule))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Compile_RuleWithoutEnd_IsRefused()
    {
        GrammarRule rule = new("endless");
        rule.Body = Grammar.Sequence(Grammar.Literal("x"), Grammar.Reference(rule));
        Assert.Contains("nothing", Assert.Throws<GrammarException>(() => GrammarCompiler.Compile(Grammar.Reference(rule))).Message, StringComparison.Ordinal);
        Assert.True(Grammar.Choice(Grammar.Literal("y"), Grammar.Reference(rule)).Accepts("y"));
        Assert.Throws<GrammarException>(() => GrammarCompiler.Compile(Grammar.Reference(new GrammarRule("undefined"))));
    }

    [Theory]
    [InlineData("(a|b)*a(a|b){24}")]
    [InlineData("((a{1,60}){1,60}){1,60}b")]
    [InlineData("(.*a){30}.{0,40}b(.*c){30}")]
    public void Compile_HostileExpression_EndsSoonWithAnErrorOrAnAutomaton(string pattern)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        try
        {
            GrammarCompiler.Compile(Grammar.FromRegex(pattern));
        }
        catch (GrammarException exception)
        {
            Assert.Contains("too large", exception.Message, StringComparison.Ordinal);
        }

        // Minutes and gigabytes without the limits; the rest is room for a busy machine.
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(30));
    }

    [Fact]
    public void Step_TooManyWaysToRead_IsAnError()
    {
        // Each x may be counted or not, so that after n of them n counts are possible.
        var automaton = GrammarCompiler.Compile(Grammar.FromRegex("(x?y?z?x?){1000}(x[a-z]?){0,1000}b"));
        byte[] text = [.. Enumerable.Repeat((byte)'x', 5_000)];
        Assert.Contains("ambiguous", Assert.Throws<GrammarException>(() => automaton.Accepts(text)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Fingerprint_GrammarsBuiltAlike_AreTheSame()
    {
        static Grammar Build(string end)
        {
            GrammarRule rule = new("list");
            rule.Body = Grammar.Sequence(Grammar.FromRegex("[a-z]{2,3}"), Grammar.Choice(Grammar.Literal(end), Grammar.Reference(rule)), Grammar.AnyJsonObject);
            return Grammar.Sequence(Grammar.Reference(rule), Grammar.Token(7));
        }

        Assert.Equal(GrammarFingerprint.Of(Build(";")), GrammarFingerprint.Of(Build(";")));
        Assert.NotEqual(GrammarFingerprint.Of(Build(";")), GrammarFingerprint.Of(Build(",")));
    }
}
