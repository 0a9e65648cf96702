using Gateway.Engine.Dialogue;
using Gateway.Engine.Dialogue.ToolCalls;
using Gateway.Engine.Tests.Tokenization;
using Xunit;

namespace Gateway.Engine.Tests.Dialogue.ToolCalls;

/// <summary>Calls in every family's own form, however the answer is cut.</summary>
public sealed class ToolCallReaderTests
{
    private const string V3Begin = "<｜tool▁calls▁begin｜>";
    private const string V3Call = "<｜tool▁call▁begin｜>function<｜tool▁sep｜>";
    private const string V3End = "<｜tool▁call▁end｜>";
    private const string V3ListEnd = "<｜tool▁calls▁end｜>";
    private const string V32Begin = "<｜DSML｜function_calls>\n";
    private const string V32Weather = "<｜DSML｜invoke name=\"get_weather\">\n";
    private const string V32City = "<｜DSML｜parameter name=\"city\" string=\"true\">";
    private const string V32Days = "<｜DSML｜parameter name=\"days\" string=\"false\">";
    private const string V32Value = "</｜DSML｜parameter>\n";
    private const string V32End = "</｜DSML｜invoke>\n";
    private const string V32ListEnd = "</｜DSML｜function_calls>";

    /// <summary>The form by its number, the answer, and what it means.</summary>
    public static TheoryData<int, string, string> Answers => new()
    {
        // DeepSeek-V3, R1 and its distills.
        { V3, $"{V3Begin}{V3Call}get_weather\n```json\n{{\"city\": \"Paris\"}}\n```{V3End}{V3ListEnd}", """get_weather({"city": "Paris"})""" },
        { V3, $"Let me look.\n\n{V3Begin}{V3Call}get_weather\n```json\n{{\"city\": \"Paris\"}}\n```{V3End}{V3ListEnd}", "\"Let me look.\"get_weather({\"city\": \"Paris\"})" },
        { V3, $"{V3Begin}{V3Call}get_weather\n```json\n{{\"a\":1}}\n```{V3End}\n{V3Call}get_time\n```json\n{{\"a\":{{\"b\":[{{}}]}}}}\n```{V3End}{V3ListEnd}", """get_weather({"a":1})get_time({"a":{"b":[{}]}})""" },
        { V3, $"{V3Call}get_weather\n```json\n{{}}\n```{V3End}{V3ListEnd}", "get_weather({})" },
        { V3, $"{V3Begin}{V3Call}no_args\n```json\n\n```{V3End}{V3ListEnd}", "no_args({})" },
        { V3, $"{V3Begin}{V3Call}no_args{V3End}{V3ListEnd}", "no_args({})" },
        { V3, $"{V3Begin}{V3Call}get_weather\n{{\"a\":1}}{V3End}{V3ListEnd}", """get_weather({"a":1})""" },
        { V3, $"{V3Begin}\n{V3Call}get\njson\n{{\"a\":1}}\n```{V3End}\n{V3ListEnd}\n", """get({"a":1})""" },
        { V3, $"{V3Begin}{V3Call}get_weather\n```json\n{{\"s\": \"}}}} {{ \\\" \\\\\"}}\n```{V3End}{V3ListEnd}Done.", "get_weather({\"s\": \"}} { \\\" \\\\\"})\"Done.\"" },
        { V3, $"{V3Begin}{V3Call}get_weather\n```json\n{{\"s\": \"```\\u007d\\n\"}}\n```{V3End}{V3ListEnd}", """get_weather({"s": "```\u007d\n"})""" },

        // What only looks like one.
        { V3, $"{V3Begin}{V3Call}unknown\n```json\n{{}}\n```{V3End}{V3ListEnd}", $"\"{V3Begin}{V3Call}unknown\n```json\n{{}}\n```{V3End}{V3ListEnd}\"" },
        { V3, $"{V3Begin}{V3ListEnd}", $"\"{V3Begin}{V3ListEnd}\"" },
        { V3, $"A {V3Begin} is a mark.", $"\"A {V3Begin} is a mark.\"" },
        { V3, $"{V3Call}get_weather\n```json\n[1]\n```{V3End}", $"\"{V3Call}get_weather\n```json\n[1]\n```{V3End}\"" },
        { V3, "Text with < and <｜ and <｜tool▁", "\"Text with < and <｜ and <｜tool▁\"" },
        { V3, $"{V3Begin}{V3Call}get_weather\n```json\n{{\"a\":1}}\n```{V3End}\n{V3Call}unknown\n{{}}{V3End}{V3ListEnd}", $"get_weather({{\"a\":1}})\"\n{V3Call}unknown\n{{}}{V3End}\"" },

        // Broken off after the arguments began, and before.
        { V3, $"{V3Begin}{V3Call}get_weather\n```json\n{{\"city\": \"Par", """get_weather({"city": "Par)""" },
        { V3, $"Yes.\n{V3Begin}{V3Call}get_wea", $"\"Yes.\n{V3Begin}{V3Call}get_wea\"" },
        { V3, $"{V3Begin}{V3Call}get_weather\n```json\n{{}}\n``", "get_weather({})" },
        { V3, $"{V3Begin}{V3Call}get_weather\n```json\n{{\"a\": {V3End}{V3ListEnd}", """get_weather({"a": )""" },

        // DeepSeek-V3.1.
        { V31, "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>get_weather<｜tool▁sep｜>{\"city\": \"Paris\"}<｜tool▁call▁end｜><｜tool▁calls▁end｜>", """get_weather({"city": "Paris"})""" },
        { V31, "I look.<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>get_weather<｜tool▁sep｜>{}<｜tool▁call▁end｜><｜tool▁call▁begin｜>get_time<｜tool▁sep｜>{\"a\":[]}<｜tool▁call▁end｜><｜tool▁calls▁end｜>", "\"I look.\"get_weather({})get_time({\"a\":[]})" },
        { V31, "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>no_args<｜tool▁sep｜><｜tool▁call▁end｜><｜tool▁calls▁end｜>", "no_args({})" },
        { V31, "<｜tool▁call▁begin｜>nobody<｜tool▁sep｜>{}<｜tool▁call▁end｜>", "\"<｜tool▁call▁begin｜>nobody<｜tool▁sep｜>{}<｜tool▁call▁end｜>\"" },
        { V31, "<｜tool▁calls▁begin｜>so what", "\"<｜tool▁calls▁begin｜>so what\"" },

        // DeepSeek-V3.2: parameters one by one, text as it is and JSON as it is.
        { V32, $"\n\n{V32Begin}{V32Weather}{V32City}Paris{V32Value}{V32Days}3{V32Value}{V32End}{V32ListEnd}", """get_weather({"city": "Paris", "days": 3})""" },
        { V32, $"I look.\n\n{V32Begin}{V32Weather}{V32City}杭州 👋{V32Value}{V32End}{V32Weather}{V32City}{V32Value}{V32End}{V32ListEnd}", "\"I look.\"get_weather({\"city\": \"杭州 👋\"})get_weather({\"city\": \"\"})" },
        { V32, $"{V32Begin}{V32Weather}{V32City}a \"b\" \\ c\n\td\u0001 </b> < 1{V32Value}{V32End}{V32ListEnd} Done.", "get_weather({\"city\": \"a \\\"b\\\" \\\\ c\\n\\td\\u0001 </b> < 1\"})\" Done.\"" },
        { V32, $"{V32Begin}{V32Weather}{V32Days}[1, {{\"a\": \"</b>\"}}, null]{V32Value}{V32End}{V32ListEnd}", """get_weather({"days": [1, {"a": "</b>"}, null]})""" },
        { V32, $"{V32Begin}<｜DSML｜invoke name=\"no_args\">\n{V32End}<｜DSML｜invoke name=\"no_args\">\n\n{V32End}{V32ListEnd}", "no_args({})no_args({})" },
        { V32, $"{V32Begin}{V32Weather}<｜DSML｜parameter name=\"a\"b\" string=\"true\">x{V32Value}<｜DSML｜parameter name=\"\" string=\"true\">y{V32Value}{V32End}{V32ListEnd}", """get_weather({"a\"b": "x", "": "y"})""" },

        // The list's beginning was left out; JSON in the place of parameters; no lines between the tags.
        { V32, $"Yes.\n{V32Weather}{V32City}Rome{V32Value}{V32End}{V32ListEnd}", "\"Yes.\"get_weather({\"city\": \"Rome\"})" },
        { V32, $"{V32Begin}{V32Weather}{{\"city\": \"}}\", \"days\": 1}}\n{V32End}{V32ListEnd}", """get_weather({"city": "}", "days": 1})""" },
        { V32, "<｜DSML｜function_calls><｜DSML｜invoke name=\"get\"><｜DSML｜parameter name=\"a\" string=\"false\">1</｜DSML｜parameter></｜DSML｜invoke></｜DSML｜function_calls>", """get({"a": 1})""" },

        // Another tag inside of a value is part of it.
        { V32, $"{V32Begin}{V32Weather}{V32City}</｜DSML｜invoke>{V32Begin}{V32Value}{V32End}{V32ListEnd}", """get_weather({"city": "</｜DSML｜invoke><｜DSML｜function_calls>\n"})""" },

        // What only looks like a call, and what breaks off inside of one.
        { V32, $"{V32Begin}<｜DSML｜invoke name=\"rm_rf\">\n{V32City}x{V32Value}{V32End}{V32ListEnd}", $"\"{V32Begin}<｜DSML｜invoke name=\"rm_rf\">\n{V32City}x{V32Value}{V32End}{V32ListEnd}\"" },
        { V32, $"{V32Begin}{V32Weather}{V32End}<｜DSML｜invoke name=\"rm_rf\">\n{V32End}{V32ListEnd}", $"get_weather({{}})\"\n<｜DSML｜invoke name=\"rm_rf\">\n{V32End.TrimEnd()}\"" },
        { V32, $"{V32Begin}{V32ListEnd}", $"\"{V32Begin}{V32ListEnd}\"" },
        { V32, "A <｜DSML｜function_calls> is a tag, and so is <｜DSML｜", "\"A <｜DSML｜function_calls> is a tag, and so is <｜DSML｜\"" },
        { V32, "<function_calls>\n<invoke name=\"get\">", "\"<function_calls>\n<invoke name=\"get\">\"" },
        { V32, "<｜DSML｜tool_calls>\n", "\"<｜DSML｜tool_calls>\n\"" },
        { V32, $"{V32Begin}{V32Weather}{V32City}Rome{V32Value}what now{V32End}{V32ListEnd}", $"get_weather({{\"city\": \"Rome\")\"what now{V32End.TrimEnd()}\"" },
        { V32, $"{V32Begin}{V32Weather}<｜DSML｜parameter name=\"city\">Rome{V32Value}{V32End}{V32ListEnd}", $"get_weather()\"<｜DSML｜parameter name=\"city\">Rome{V32Value}{V32End.TrimEnd()}\"" },
        { V32, $"{V32Begin}{V32Weather}{V32City}Rome{V32Value}{V32ListEnd}", "get_weather({\"city\": \"Rome\")" },

        // Broken off.
        { V32, $"{V32Begin}{V32Weather}{V32City}Par", """get_weather({"city": "Par)""" },
        { V32, $"{V32Begin}{V32Weather}{V32City}Paris</", """get_weather({"city": "Paris)""" },
        { V32, $"{V32Begin}{V32Weather}{V32Days}[1, 2", """get_weather({"days": [1, 2)""" },
        { V32, $"{V32Begin}{V32Weather}{V32City}Paris{V32Value}<｜DSML｜parameter na", """get_weather({"city": "Paris")""" },
        { V32, $"{V32Begin}{V32Weather}", "get_weather()" },
        { V32, $"Yes.\n\n{V32Begin}<｜DSML｜invoke name=\"get_wea", $"\"Yes.\n\n{V32Begin}<｜DSML｜invoke name=\"get_wea\"" },

        // DeepSeek-V4.
        { V4, "<｜DSML｜tool_calls>\n<｜DSML｜invoke name=\"get\">\n<｜DSML｜parameter name=\"a\" string=\"false\">true</｜DSML｜parameter>\n</｜DSML｜invoke>\n</｜DSML｜tool_calls>", """get({"a": true})""" },
        { V4, "<｜DSML｜function_calls>", "\"<｜DSML｜function_calls>\"" },

        // Qwen2.5 and Qwen3.
        { Hermes, "<tool_call>\n{\"name\": \"get_weather\", \"arguments\": {\"city\": \"Paris\"}}\n</tool_call>", """get_weather({"city": "Paris"})""" },
        { Hermes, "Sure.\n<tool_call>\n{\"name\":\"get_weather\",\"arguments\":{\"a\":{\"b\":\"}\"}}}\n</tool_call>\n<tool_call>\n{\"name\": \"get_time\", \"arguments\": {}}\n</tool_call>", "\"Sure.\"get_weather({\"a\":{\"b\":\"}\"}})get_time({})" },
        { Hermes, "<tool_call>{ \"name\" : \"get_weather\" , \"parameters\" : {\"a\":1} } </tool_call> Then this.", "get_weather({\"a\":1})\" Then this.\"" },
        { Hermes, "<tool_call>{\"arguments\": {\"a\": \"</b>\"}, \"name\": \"get_time\"}</tool_call>", """get_time({"a": "</b>"})""" },
        { Hermes, "<tool_call>{\"name\": \"get_time\", \"arguments\": \"{\\\"a\\\": 1}\"}</tool_call>", """get_time({"a": 1})""" },
        { Hermes, "<tool_call>{\"name\": \"no_args\"}</tool_call>", "no_args({})" },
        { Hermes, "<tool_call>{\"name\": \"no_args\", \"arguments\": null}</tool_call>", "no_args({})" },
        { Hermes, "<tool_call>\n{\"name\": \"get_time\", \"arguments\": {\"a\": \"\\u00fc\\ud83d\\ude00 ü😀\"}}\n</tool_call>", """get_time({"a": "\u00fc\ud83d\ude00 ü😀"})""" },
        { Hermes, "<tool_call>\n{\"name\": \"rm_rf\", \"arguments\": {}}\n</tool_call>", "\"<tool_call>\n{\"name\": \"rm_rf\", \"arguments\": {}}\n</tool_call>\"" },
        { Hermes, "<tool_call>\nnot json\n</tool_call>", "\"<tool_call>\nnot json\n</tool_call>\"" },
        { Hermes, "<tool_call>{\"name\": \"get_time\", \"arguments\": [1]}</tool_call>", "\"<tool_call>{\"name\": \"get_time\", \"arguments\": [1]}</tool_call>\"" },
        { Hermes, "<tool_call>{\"name\": \"get_time\", \"arguments\": \"one\"}</tool_call>", "\"<tool_call>{\"name\": \"get_time\", \"arguments\": \"one\"}</tool_call>\"" },
        { Hermes, "<tool_call>{\"city\": \"Paris\"}</tool_call>", "\"<tool_call>{\"city\": \"Paris\"}</tool_call>\"" },
        { Hermes, "<tool_call>\n{\"name\": \"get_time\", \"arguments\": {\"a\": 1", """get_time({"a": 1)""" },
        { Hermes, "Text <tool_call", "\"Text <tool_call\"" },
        { Hermes, "<tool_call>", "\"<tool_call>\"" },
        { Hermes, "Just <b>text</b>.\n", "\"Just <b>text</b>.\n\"" },

        // Llama 3.
        { Llama, "{\"name\": \"get_weather\", \"parameters\": {\"city\": \"Paris\"}}", """get_weather({"city": "Paris"})""" },
        { Llama, "\n<|python_tag|>{\"name\": \"get_weather\", \"parameters\": {\"a\": {}}}", """get_weather({"a": {}})""" },
        { Llama, "{\"name\": \"Paris\", \"population\": 2}", "\"{\"name\": \"Paris\", \"population\": 2}\"" },
        { Llama, "{\"city\": \"Paris\"}", "\"{\"city\": \"Paris\"}\"" },
        { Llama, "Here: {\"name\": \"get_weather\", \"parameters\": {}}", "\"Here: {\"name\": \"get_weather\", \"parameters\": {}}\"" },
        { Llama, "  {", "\"  {\"" },
    };

    private const int V3 = (int)ToolCallForm.DeepSeekV3;
    private const int V31 = (int)ToolCallForm.DeepSeekV31;
    private const int V32 = (int)ToolCallForm.DeepSeekV32;
    private const int V4 = (int)ToolCallForm.DeepSeekV4;
    private const int Hermes = (int)ToolCallForm.Hermes;
    private const int Llama = (int)ToolCallForm.Llama;

    [Theory]
    [MemberData(nameof(Answers))]
    public void Parts_WholeAnswer_AreTextAndCalls(int form, string answer, string expected) =>
        Assert.Equal(expected, ReadAnswer.Parts(ReadAnswer.Format((ToolCallForm)form), [answer]));

    [Theory]
    [MemberData(nameof(Answers))]
    public void Parts_AnswerCutAnywhere_AreTheSame(int form, string answer, string expected)
    {
        var format = ReadAnswer.Format((ToolCallForm)form);
        Assert.Equal(expected, ReadAnswer.Parts(format, answer.Select(character => character.ToString())));
        for (var cut = 1; cut < answer.Length; cut++)
        {
            Assert.Equal(expected, ReadAnswer.Parts(format, [answer[..cut], answer[cut..]]));
        }

        var random = new Random(form * 1000);
        for (var round = 0; round < 50; round++)
        {
            Assert.Equal(expected, ReadAnswer.Parts(format, Torn(answer, random)));
        }
    }

    [Theory]
    [MemberData(nameof(Answers))]
    public void Parts_MarksAreTokens_AreTheSame(int form, string answer, string expected)
    {
        var marks = ReadAnswer.Marks((ToolCallForm)form);
        var format = ReadAnswer.Format((ToolCallForm)form, TokenizerBuilder.WithAddedTokens(marks));
        var pieces = Tokens(answer, marks, format.Marks).ToList();
        Assert.Equal(expected, ReadAnswer.Parts(format, pieces));
        Assert.Equal(expected, ReadAnswer.Parts(format, pieces.SelectMany(piece => piece).Select(character => character.ToString())));
    }

    [Theory]
    [InlineData(V3, $"Yes.\n{V3Begin}{V3Call}get_wea", "\"Yes.\"")]
    [InlineData(V3, $"{V3Begin}{V3Call}get\n```json\n{{}}\n```{V3End}\n<｜tool▁call▁be", "get({})")]
    [InlineData(V31, "I look.<｜tool▁calls▁begin｜>", "\"I look.\"")]
    [InlineData(V32, $"Yes.\n\n{V32Begin}<｜DSML｜invoke name=\"get_wea", "\"Yes.\"")]
    [InlineData(Hermes, "<tool_call>", "")]
    [InlineData(Hermes, "Text <tool_call", "\"Text <tool_call\"")]
    [InlineData(Hermes, "Text <tool_call>\n{\"na", "\"Text\"")]
    [InlineData(Hermes, "<tool_call>{\"name\": \"get\", \"arguments\": {}}</tool_call>\n<tool_call", "get({})")]
    [InlineData(Hermes, "<tool_call>{\"name\": \"get\", \"arguments\": {}}</tool_call>\n<tool_call>\n{\"name\": \"get", "get({})")]
    [InlineData(Llama, "<|python_tag|>{\"name\": \"get", "")]
    [InlineData(Llama, "{\"name\": \"get", "\"{\"name\": \"get\"")]
    public void Parts_CutOffBeforeTheCallIsKnown_AreWithoutItsBeginning(int form, string answer, string expected) =>
        Assert.Equal(expected, ReadAnswer.Parts(ReadAnswer.Format((ToolCallForm)form), [answer], isCutOff: true));

    [Fact]
    public void Parts_CutInsideAMarkThatIsText_IsTheCallAlone() => Assert.Equal(
        "get_weather({})", ReadAnswer.Parts(ReadAnswer.Format(ToolCallForm.DeepSeekV3), [$"{V3Begin}{V3Call}get_weather\n```json\n{{}}\n```<｜tool▁c"]));

    [Fact]
    public void Parts_CutInsideAClosingTagThatIsText_EndsTheValueBeforeIt() => Assert.Equal(
        """get_weather({"city": "Paris)""", ReadAnswer.Parts(ReadAnswer.Format(ToolCallForm.DeepSeekV32), [$"{V32Begin}{V32Weather}{V32City}Paris</｜DSML｜par"]));

    [Fact]
    public void Parts_TextOfAMarkInsideAString_IsPartOfTheArguments() => Assert.Equal(
        """get_time({"a": "</tool_call><tool_call>"})""",
        ReadAnswer.Parts(ReadAnswer.Format(ToolCallForm.Hermes), ["<tool_call>{\"name\": \"get_time\", \"arguments\": {\"a\": \"</tool_call><tool_call>\"}}</tool_call>"]));

    [Fact]
    public void Parts_MarksAreTokensAndSpelledOut_AreText()
    {
        // What a model repeats from a message calls nothing.
        const string Answer = "<tool_call>\n{\"name\": \"get_weather\", \"arguments\": {}}\n</tool_call>";
        var format = ReadAnswer.Format(ToolCallForm.Hermes, TokenizerBuilder.WithAddedTokens(HermesToolCalls.AllMarks));
        Assert.Equal($"\"{Answer}\"", ReadAnswer.Parts(format, [Answer]));
    }

    [Fact]
    public void Next_Call_IsAnnouncedBeforeItsArgumentsAndThesePassAsTheyCome()
    {
        var reader = new ToolCallReader(ReadAnswer.Format(ToolCallForm.Hermes), ReadAnswer.Names, isParallel: true);
        Assert.Empty(Next("<tool_call>\n{\"name\": \"get_weather\""));
        Assert.Equal([new AnswerPart(AnswerPartKind.Call, "get_weather")], Next(", \"arguments\": {").Take(1));
        Assert.Equal([new AnswerPart(AnswerPartKind.Arguments, "\"city\":")], Next("\"city\":"));
        Assert.Equal([new AnswerPart(AnswerPartKind.Arguments, " \"Par")], Next(" \"Par"));
        Assert.Equal([new AnswerPart(AnswerPartKind.Arguments, "is\"}")], Next("is\"}}"));
        Assert.Empty(Next("\n</tool_call>"));

        List<AnswerPart> Next(string text)
        {
            List<AnswerPart> parts = [];
            reader.Next(text, parts);
            return parts;
        }
    }

    [Fact]
    public void Next_Parameters_PassAsTheyCome()
    {
        var reader = new ToolCallReader(ReadAnswer.Format(ToolCallForm.DeepSeekV32), ReadAnswer.Names, isParallel: true);
        Assert.Empty(Next("<｜DSML｜function_calls>\n<｜DSML｜invoke name=\"get_weather\""));
        Assert.Equal([new AnswerPart(AnswerPartKind.Call, "get_weather")], Next(">\n"));
        Assert.Empty(Next("<｜DSML｜parameter name=\"city\" str"));
        Assert.Equal([new AnswerPart(AnswerPartKind.Arguments, "{\"city\": \"P")], Next("ing=\"true\">P"));
        Assert.Equal([new AnswerPart(AnswerPartKind.Arguments, "ar\\n")], Next("ar\n"));
        Assert.Equal([new AnswerPart(AnswerPartKind.Arguments, "is")], Next("is</"));
        Assert.Equal([new AnswerPart(AnswerPartKind.Arguments, "\"")], Next("｜DSML｜parameter>\n</｜DS"));
        Assert.Equal([new AnswerPart(AnswerPartKind.Arguments, "}")], Next("ML｜invoke>"));
        Assert.Empty(Next("\n</｜DSML｜function_calls>"));

        List<AnswerPart> Next(string text)
        {
            List<AnswerPart> parts = [];
            reader.Next(text, parts);
            return parts;
        }
    }

    [Fact]
    public void Next_TextWithoutCalls_IsNotHeldBack()
    {
        var reader = new ToolCallReader(ReadAnswer.Format(ToolCallForm.DeepSeekV3), ReadAnswer.Names, isParallel: true);
        List<AnswerPart> parts = [];
        reader.Next("All of", parts);
        Assert.Equal([new AnswerPart(AnswerPartKind.Content, "All of")], parts);
    }

    [Fact]
    public void Parts_TokenOfTheMarkSpelledOut_IsText()
    {
        var answer = $"{V32Begin}{V32Weather}{V32City}Paris{V32Value}{V32End}{V32ListEnd}";
        var format = ReadAnswer.Format(ToolCallForm.DeepSeekV32, TokenizerBuilder.WithAddedTokens(DsmlToolCalls.AllMarks));
        Assert.Equal($"\"{answer}\"", ReadAnswer.Parts(format, [answer]));

        // In a value too: it ends with the token alone.
        var call = $"{V32Begin}{V32Weather}{V32City}a|b{V32Value}{V32End}{V32ListEnd}".Replace("｜DSML｜", format.Marks.Spell("｜DSML｜"), StringComparison.Ordinal);
        Assert.Equal(
            """get_weather({"city": "a</｜DSML｜parameter>b"})""", ReadAnswer.Parts(format, [call.Replace("|", "</｜DSML｜parameter>", StringComparison.Ordinal)]));
    }

    [Fact]
    public void IsDone_OneOfSeveralCallsWanted_EndsWithItsClosingTag()
    {
        var answer = $"{V32Begin}{V32Weather}{V32City}Paris{V32Value}{V32End}{V32Weather}{V32End}{V32ListEnd}";
        var format = ReadAnswer.Format(ToolCallForm.DeepSeekV32);
        Assert.Equal("""get_weather({"city": "Paris"})""", ReadAnswer.Parts(format, [answer], isParallel: false));
        Assert.Equal("""get_weather({"city": "Paris"})""", ReadAnswer.Parts(format, answer.Select(character => character.ToString()), isParallel: false));
    }

    [Fact]
    public void IsDone_OneCallWanted_EndsBehindTheFirst()
    {
        const string Answer = "Yes. <tool_call>{\"name\": \"get_weather\", \"arguments\": {}}</tool_call><tool_call>{\"name\": \"get_time\", \"arguments\": {}}</tool_call> More.";
        var format = ReadAnswer.Format(ToolCallForm.Hermes);
        Assert.Equal("\"Yes.\"get_weather({})", ReadAnswer.Parts(format, [Answer], isParallel: false));
        Assert.Equal("\"Yes.\"get_weather({})", ReadAnswer.Parts(format, Answer.Select(character => character.ToString()), isParallel: false));
    }

    [Theory]
    [InlineData(V3, $"{V3Begin}|{V3Call}|{V3End}|{V3ListEnd}|get_weather|\n```json\n|{{\"a\":|1}}|\n```| |\n|<|text|{{|}}|\"|<｜tool▁sep｜>")]
    [InlineData(V32, $"{V32Begin}|{V32Weather}|{V32Weather}|{V32City}|{V32City}|{V32Days}|{V32Value}|{V32Value}|{V32End}|{V32ListEnd}| |\n|<|</|text|{{|}}|\"|\" string=\"true\">|<｜DSML｜parameter name=\"")]
    public void Parts_RandomMixesOfMarksAndText_NeverDependOnTheCut(int form, string mix)
    {
        var pieces = mix.Split('|');
        var format = ReadAnswer.Format((ToolCallForm)form);
        var random = new Random(7);
        for (var round = 0; round < 500; round++)
        {
            var answer = string.Concat(Enumerable.Range(0, random.Next(1, 25)).Select(_ => pieces[random.Next(pieces.Length)]));
            var whole = ReadAnswer.Parts(format, [answer]);
            Assert.Equal(whole, ReadAnswer.Parts(format, answer.Select(character => character.ToString())));
            Assert.Equal(whole, ReadAnswer.Parts(format, Torn(answer, random)));
        }
    }

    private static IEnumerable<string> Torn(string text, Random random)
    {
        for (var at = 0; at < text.Length;)
        {
            var length = Math.Min(random.Next(1, 8), text.Length - at);
            yield return text.Substring(at, length);
            at += length;
        }
    }

    /// <summary>The answer with each mark as its token, and the text between as it is.</summary>
    private static IEnumerable<string> Tokens(string answer, IReadOnlyList<string> marks, ToolCallMarks spelling)
    {
        while (answer.Length > 0)
        {
            var next = marks.Select(mark => (Mark: mark, At: answer.IndexOf(mark, StringComparison.Ordinal))).Where(found => found.At >= 0).OrderBy(found => found.At).FirstOrDefault();
            var text = next.Mark is null ? answer : answer[..next.At];
            if (text.Length > 0)
            {
                yield return text;
            }

            if (next.Mark is null)
            {
                yield break;
            }

            yield return spelling.Spell(next.Mark);
            answer = answer[(next.At + next.Mark.Length)..];
        }
    }
}
