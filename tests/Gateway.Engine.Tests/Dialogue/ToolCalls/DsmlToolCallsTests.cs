using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Gateway.Engine.ChatTemplates;
using Gateway.Engine.Constraints;
using Gateway.Engine.Constraints.Automata;
using Gateway.Engine.Dialogue;
using Gateway.Engine.Dialogue.ToolCalls;
using Gateway.Engine.Tests.Constraints;
using Gateway.Engine.Tests.Constraints.JsonSchema;
using Xunit;

namespace Gateway.Engine.Tests.Dialogue.ToolCalls;

/// <summary>Calls whose arguments are named parameters, held to the schema of their function, and read back.</summary>
public sealed class DsmlToolCallsTests
{
    private const string ValueEnd = "</｜DSML｜parameter>\n";

    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A schema, a value of its parameter <c>a</c> with the end of the name before it, and whether the schema allows it.</summary>
    public static TheoryData<string, string, bool> Values => new()
    {
        { """{"type":"string"}""", "\" string=\"true\">any \"text\"\n<b> \\ {", true },
        { """{"type":"string"}""", "\" string=\"true\">", true },
        { """{"type":"string"}""", "\" string=\"false\">\"text\"", false },
        { """{"type":"string"}""", "\" string=\"false\">1", false },
        { """{"type":"string","minLength":2,"maxLength":3}""", "\" string=\"true\">é\"", true },
        { """{"type":"string","minLength":2,"maxLength":3}""", "\" string=\"true\">abcd", false },
        { """{"type":"string","maxLength":9000}""", "\" string=\"true\">abcd", true },
        { """{"type":"string","pattern":"^[a-z\"]+$"}""", "\" string=\"true\">a\"b", true },
        { """{"type":"string","pattern":"^[a-z\"]+$"}""", "\" string=\"true\">A", false },
        { """{"type":"string","pattern":"b","maxLength":3}""", "\" string=\"true\">abc", true },
        { """{"type":"string","pattern":"b","maxLength":3}""", "\" string=\"true\">ac", false },
        { """{"type":"string","format":"date"}""", "\" string=\"true\">2024-02-29", true },
        { """{"type":"string","format":"date"}""", "\" string=\"true\">2023-02-29", false },
        { """{"enum":["x\"y",7,null]}""", "\" string=\"true\">x\"y", true },
        { """{"enum":["x\"y",7,null]}""", "\" string=\"false\">7", true },
        { """{"enum":["x\"y",7,null]}""", "\" string=\"true\">7", false },
        { """{"const":"<｜DSML｜ is a mark"}""", "\" string=\"true\">x", false },
        { """{"type":"integer","minimum":3}""", "\" string=\"false\">3", true },
        { """{"type":"integer","minimum":3}""", "\" string=\"true\">3", false },
        { """{"type":"integer","minimum":3}""", "\" string=\"false\">2", false },
        { """{"type":["string","null"]}""", "\" string=\"true\">null", true },
        { """{"type":["string","null"]}""", "\" string=\"false\">null", true },
        { """{"type":["string","null"]}""", "\" string=\"false\">true", false },
        { """{"anyOf":[{"type":"string","maxLength":1},{"type":"array","items":{"type":"string"}}]}""", "\" string=\"false\">[\"a\", \"</b>\"]", true },
        { """{"anyOf":[{"type":"string","maxLength":1},{"type":"array","items":{"type":"string"}}]}""", "\" string=\"true\">a", true },
        { """{"anyOf":[{"type":"string","maxLength":1},{"type":"array","items":{"type":"string"}}]}""", "\" string=\"true\">ab", false },
        { """{"type":"object","properties":{"b":{"type":"string"}},"required":["b"]}""", "\" string=\"false\">{\"b\": \"x\"}", true },
        { """{"type":"object","properties":{"b":{"type":"string"}},"required":["b"]}""", "\" string=\"false\">{}", false },
        { """{"$ref":"#/$defs/node"}""", "\" string=\"false\">{\"next\": {\"next\": null}}", true },
        { """{"$ref":"#/$defs/node"}""", "\" string=\"true\">leaf", true },
        { """{"$ref":"#/$defs/node"}""", "\" string=\"false\">\"leaf\"", false },
        { """{"$ref":"#/$defs/node"}""", "\" string=\"false\">{\"next\": \"leaf\"}", true },
        { "true", "\" string=\"true\">x", true },
        { "true", "\" string=\"false\">{\"x\": [\"y\"]}", true },
        { "true", "\" string=\"false\">\"x\"", false },
    };

    [Theory]
    [MemberData(nameof(Values))]
    public void Calls_ValueOfAParameter_ObeysItsSchema(string schema, string value, bool isValid)
    {
        var function = Function(
            $$$"""
            {"type":"object","properties":{"a":{{{schema}}},"b":{"type":"null"} },"additionalProperties":false,
             "$defs":{"node":{"anyOf":[{"type":"object","properties":{"next":{"$ref":"#/$defs/node"}},"required":["next"],"additionalProperties":false},{"type":"null"},{"type":"string"}]} } }
            """);
        Assert.Equal(isValid, Allows(function, $"<｜DSML｜parameter name=\"a{value}{ValueEnd}"));
        Assert.False(Allows(function, $"<｜DSML｜parameter name=\"c{value}{ValueEnd}"));
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("a", false)]
    [InlineData("b", true)]
    [InlineData("ab", true)]
    [InlineData("abc", true)]
    [InlineData("bc", true)]
    [InlineData("ba", false)]
    [InlineData("bb", false)]
    [InlineData("abcd", false)]
    public void Calls_Parameters_AreRequiredOrNotAndInTheOrderOfTheSchema(string names, bool isValid) => Assert.Equal(isValid, Allows(
        Function("""{"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"integer"},"c":{"type":"integer"}},"required":["b"],"additionalProperties":false}"""),
        Integers(names)));

    [Theory]
    [InlineData("""{"type":"object"}""", "xyz", true)]
    [InlineData("""{"type":"object"}""", "", true)]
    [InlineData("""{"type":"object","additionalProperties":{"type":"string"}}""", "x", false)]
    [InlineData("""{"type":"object","properties":{"a":{"type":"integer"}},"additionalProperties":true}""", "axy", true)]
    [InlineData("""{"type":"object","properties":{"a":{"type":"boolean"}},"additionalProperties":true}""", "xa", false)]
    [InlineData("""{"type":"object","additionalProperties":{"type":"integer"},"minProperties":2,"maxProperties":3}""", "x", false)]
    [InlineData("""{"type":"object","additionalProperties":{"type":"integer"},"minProperties":2,"maxProperties":3}""", "xyz", true)]
    [InlineData("""{"type":"object","additionalProperties":{"type":"integer"},"minProperties":2,"maxProperties":3}""", "wxyz", false)]
    [InlineData("""{"enum":[{"a":1,"b":2},{}]}""", "", true)]
    [InlineData("""{"anyOf":[{"type":"object","properties":{"a":{"type":"integer"}},"required":["a"]},{"type":"object","properties":{"b":{"type":"integer"}},"required":["b"]}]}""", "b", true)]
    [InlineData("""{"anyOf":[{"type":"object","properties":{"a":{"type":"integer"}},"required":["a"]},{"type":"object","properties":{"b":{"type":"integer"}},"required":["b"]}]}""", "ab", false)]
    [InlineData("""{"type":"object","properties":{},"additionalProperties":false}""", "", true)]
    [InlineData("""{"type":"object","properties":{},"additionalProperties":false}""", "x", false)]
    public void Calls_FurtherParameters_AreAllowedWhereTheSchemaDoes(string schema, string names, bool isValid) =>
        Assert.Equal(isValid, Allows(Function(schema), Integers(names)));

    [Fact]
    public void Calls_SeveralFunctions_StandOnLinesOfTheirOwnInOneList()
    {
        const string Weather = "<｜DSML｜invoke name=\"get_weather\">\n<｜DSML｜parameter name=\"a\" string=\"true\">x</｜DSML｜parameter>\n</｜DSML｜invoke>\n";
        const string NoArgs = "<｜DSML｜invoke name=\"no_args\">\n\n</｜DSML｜invoke>\n";
        ToolFunction[] functions =
        [
            Function("""{"type":"object","properties":{"a":{"type":"string"}},"required":["a"]}"""),
            new ToolFunction(JsonElement.Parse("{}")) { Name = "no_args", Arguments = ToolArguments.None },
        ];
        var format = ReadAnswer.Format(ToolCallForm.DeepSeekV32);
        var (several, one) = (format.Calls(functions, isParallel: true), format.Calls(functions, isParallel: false));
        Assert.True(several.Accepts($"\n\n<｜DSML｜function_calls>\n{Weather}{NoArgs}{Weather}</｜DSML｜function_calls>"));
        Assert.True(several.Accepts($"<｜DSML｜function_calls>\n{NoArgs}</｜DSML｜function_calls>"));
        Assert.False(several.Accepts("<｜DSML｜function_calls>\n</｜DSML｜function_calls>"));
        Assert.False(several.Accepts($"<｜DSML｜tool_calls>\n{NoArgs}</｜DSML｜tool_calls>"));
        Assert.True(one.Accepts($"<｜DSML｜function_calls>\n{Weather}</｜DSML｜function_calls>"));
        Assert.False(one.Accepts($"<｜DSML｜function_calls>\n{Weather}{NoArgs}</｜DSML｜function_calls>"));
        Assert.True(ReadAnswer.Format(ToolCallForm.DeepSeekV4).Calls(functions, isParallel: true).Accepts($"<｜DSML｜tool_calls>\n{NoArgs}</｜DSML｜tool_calls>"));
    }

    [Fact]
    public void TextWithCalls_TextAround_IsFreeAndCallsAreHeld()
    {
        var grammar = ReadAnswer.Format(ToolCallForm.DeepSeekV32).TextWithCalls([Function("""{"type":"object","properties":{"a":{"type":"integer"}}}""")], isParallel: true);
        Assert.True(grammar.Accepts("Just <b>text</b> and <｜DSML｜"));
        Assert.True(grammar.Accepts($"I look.\n\n<｜DSML｜function_calls>\n<｜DSML｜invoke name=\"get_weather\">\n{Integers("a")}</｜DSML｜invoke>\n</｜DSML｜function_calls> Done."));
        Assert.False(grammar.Accepts($"I look.\n\n<｜DSML｜function_calls>\n<｜DSML｜invoke name=\"get_weather\">\n{Integers("b")}</｜DSML｜invoke>\n</｜DSML｜function_calls>"));
        Assert.False(grammar.Accepts("I look.\n\n<｜DSML｜function_calls>"));
        Assert.False(grammar.Accepts("I look.\n\n<｜DSML｜invoke name=\"get_weather\">"));
    }

    [Theory]
    [InlineData("""{"type":"object","properties":{"a\" string=\"true\">":{"type":"null"}},"required":["a\" string=\"true\">"]}""")]
    [InlineData("""{"type":"object","properties":{"a":{"const":"</｜DSML｜parameter>"}},"required":["a"]}""")]
    public void Calls_RequiredParameterThatCannotBeWritten_NamesItsFunction(string schema)
    {
        var exception = Assert.Throws<ChatMessageException>(() => ReadAnswer.Format(ToolCallForm.DeepSeekV32).Calls([Function(schema)], isParallel: true));
        Assert.Equal("tools", exception.Parameter);
        Assert.Contains("get_weather", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Calls_OptionalParameterThatCannotBeWritten_IsLeftOut()
    {
        var function = Function("""{"type":"object","properties":{"a\" string=\"true\">":{"type":"null"},"b":{"type":"integer"}}}""");
        Assert.True(Allows(function, Integers("b")));
        Assert.True(Allows(function, ""));
    }

    [Fact]
    public void Calls_RandomWalks_AreReadAsArgumentsOfTheirSchema()
    {
        var calls = 0;
        Check((random, schema) =>
        {
            var automaton = GrammarCompiler.Compile(ReadAnswer.Format(ToolCallForm.DeepSeekV32).Calls([Function(schema.Element)], isParallel: false));
            for (var i = 0; i < 5; i++)
            {
                if (automaton.RandomText(random, maxBytes: 3_000, often: ValueEnd) is { } text)
                {
                    calls++;
                    var arguments = Arguments(text);
                    using var document = JsonDocument.Parse(arguments);
                    Assert.True(new SchemaValidator(schema.Element).IsValid(document.RootElement), $"{arguments} for {schema.Element}");
                }
            }
        });
        Assert.True(calls > 200, $"only {calls} walks came to an end");
    }

    [Fact]
    public void Calls_RandomDocuments_AreAllowedAndReadBackUnchanged() => Check((random, schema) =>
    {
        var automaton = GrammarCompiler.Compile(ReadAnswer.Format(ToolCallForm.DeepSeekV32).Calls([Function(schema.Element)], isParallel: false));
        for (var i = 0; i < 5; i++)
        {
            var document = JsonSerializer.SerializeToElement(schema.Document(random));
            var call = Encode(document);
            Assert.True(automaton.Accepts(Encoding.UTF8.GetBytes(call)), $"{call} for {schema.Element}");
            using var arguments = JsonDocument.Parse(Arguments(call));
            Assert.True(JsonElement.DeepEquals(document, arguments.RootElement), $"{document} became {arguments.RootElement}");
        }
    });

    /// <summary>As DeepSeek's own encoder writes a call.</summary>
    private static string Encode(JsonElement arguments)
    {
        var parameters = arguments.EnumerateObject().Select(member => member.Value.ValueKind == JsonValueKind.String
            ? $"<｜DSML｜parameter name=\"{member.Name}\" string=\"true\">{member.Value.GetString()}</｜DSML｜parameter>"
            : $"<｜DSML｜parameter name=\"{member.Name}\" string=\"false\">{NestedText(member.Value)}</｜DSML｜parameter>");
        return $"\n\n<｜DSML｜function_calls>\n<｜DSML｜invoke name=\"get_weather\">\n{string.Join('\n', parameters)}\n</｜DSML｜invoke>\n</｜DSML｜function_calls>";
    }

    /// <summary>The serializer escapes what lies beyond the basic plane; where characters matter, the product writes it raw.</summary>
    private static string NestedText(JsonElement value) => System.Text.RegularExpressions.Regex.Replace(
        JsonSerializer.Serialize(value, Relaxed), @"\\uD[89AB]..\\uD[C-F]..", pair => System.Text.RegularExpressions.Regex.Unescape(pair.Value));

    private static string Arguments(string call)
    {
        var parts = ReadAnswer.Parts(ReadAnswer.Format(ToolCallForm.DeepSeekV32), [ToolCallMarks.Clean(call)]);
        Assert.StartsWith("get_weather(", parts, StringComparison.Ordinal);
        Assert.EndsWith(")", parts, StringComparison.Ordinal);
        return parts["get_weather(".Length..^1];
    }

    private static string Integers(string names) =>
        string.Concat(names.Select(name => $"<｜DSML｜parameter name=\"{name}\" string=\"false\">1{ValueEnd}"));

    private static bool Allows(ToolFunction function, string parameters) => ReadAnswer.Format(ToolCallForm.DeepSeekV32).Calls([function], isParallel: true)
        .Accepts($"<｜DSML｜function_calls>\n<｜DSML｜invoke name=\"get_weather\">\n{parameters}</｜DSML｜invoke>\n</｜DSML｜function_calls>");

    private static ToolFunction Function(string schema) => Function(JsonElement.Parse(schema));

    private static ToolFunction Function(JsonElement schema) =>
        new(JsonElement.Parse("{}")) { Name = "get_weather", Arguments = ToolArguments.FromJsonSchema(schema) };

    private static void Check(Action<Random, SchemaCase> property) => Prop.ForAll(Gen.Choose(1, int.MaxValue).ToArbitrary(), seed =>
    {
        Random random = new(seed);
        property(random, SchemaCase.CreateObject(random));
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(150));
}
