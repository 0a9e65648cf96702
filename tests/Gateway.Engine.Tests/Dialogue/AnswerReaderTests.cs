using Gateway.Engine.Dialogue;
using Gateway.Engine.Dialogue.ToolCalls;
using Gateway.Engine.Tests.Dialogue.ToolCalls;
using Gateway.Engine.Tokenization;
using Xunit;

namespace Gateway.Engine.Tests.Dialogue;

/// <summary>Reasoning, content and calls, told apart token by token with the marks of a DeepSeek vocabulary.</summary>
public sealed class AnswerReaderTests
{
    private static readonly Tokenizer Tokenizer =
        Tokenizer.Load(Path.Combine(Goldens.RepositoryRoot, "tests", "goldens", "models", "llama_distill", "tokenizer.json"));

    private static readonly ReasoningMarks Marks = ReasoningMarks.Find(Tokenizer)!;

    /// <summary>Where the prompt leaves the model, what it says, its parts, and how many tokens were reasoning.</summary>
    public static TheoryData<int, string, string> Answers => new()
    {
        { Inside, "Let me think.\n</think>\n\nParis.", "[Let me think.]\"Paris.\"" },
        { Inside, "\nA\n\nB\n</think>C", "[A\n\nB]\"C\"" },
        { Inside, "</think>\n\nParis.", "\"Paris.\"" },
        { Inside, "Never done", "[Never done]" },
        { Inside, "Hm.</think>", "[Hm.]" },
        { Inside, "Hm.</think>A </think> B <think> C", "[Hm.]\"A </think> B <think> C\"" },
        { Free, "<think>\nHm.\n</think>\n\nParis.", "[Hm.]\"Paris.\"" },
        { Free, "\n<think>Hm.</think>Paris.", "[Hm.]\"Paris.\"" },
        { Free, "Paris.", "\"Paris.\"" },
        { Free, "\n\nParis.", "\"\n\nParis.\"" },
        { Free, "Say <think> aloud</think>.", "\"Say <think> aloud</think>.\"" },
        { Free, "<think>Cut", "[Cut]" },
        { Free, "\n", "\"\n\"" },
        { Over, "<think>Hm.</think>Paris.", "\"<think>Hm.</think>Paris.\"" },
        { Over, "Grüße 你好 👋🏽", "\"Grüße 你好 👋🏽\"" },
        { Inside, "Grüße 👋🏽</think>你好 👋", "[Grüße 👋🏽]\"你好 👋\"" },
        {
            Inside,
            "I need it.\n</think>\n\nI look.<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>get_weather\n```json\n{\"a\": \"é\"}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>",
            "[I need it.]\"I look.\"get_weather({\"a\": \"é\"})"
        },
        { Inside, "<｜tool▁calls▁begin｜> are not called in thoughts.</think>Yes.", "[<｜tool▁calls▁begin｜> are not called in thoughts.]\"Yes.\"" },
    };

    private const int Free = (int)ReasoningStart.Free;
    private const int Inside = (int)ReasoningStart.Inside;
    private const int Over = (int)ReasoningStart.Over;

    [Theory]
    [MemberData(nameof(Answers))]
    public void Next_MarksAreTokens_TakeTheAnswerApart(int start, string answer, string expected) =>
        Assert.Equal(expected, Read((ReasoningStart)start, Tokenizer.Encode(answer, AddedTokens.Recognize), []).Parts);

    [Theory]
    [InlineData("I need it.\n</think>\n\nI look.\n\n<｜DSML｜function_calls>\n{0}</｜DSML｜function_calls>", "[I need it.]\"I look.\"get_weather({\"a\": \"é 👋\"})")]
    [InlineData("I need it.\n</think>\n\n<｜DSML｜function_calls>\n{0}{0}</｜DSML｜function_calls>", "[I need it.]get_weather({\"a\": \"é 👋\"})get_weather({\"a\": \"é 👋\"})")]
    [InlineData("I would write {0}\n</think>No.", "[I would write {0}]\"No.\"")]
    [InlineData("<｜DSML｜function_calls>\n{0}", "[<｜DSML｜function_calls>\n{0}]")]
    public void Next_CallAsParameters_CountsBehindTheReasoningAlone(string answer, string expected)
    {
        const string Call = "<｜DSML｜invoke name=\"get_weather\">\n<｜DSML｜parameter name=\"a\" string=\"true\">é 👋</｜DSML｜parameter>\n</｜DSML｜invoke>\n";
        var ids = Tokenizer.Encode(answer.Replace("{0}", Call, StringComparison.Ordinal), AddedTokens.Recognize);
        Assert.Equal(expected.Replace("{0}", Call, StringComparison.Ordinal).Replace("\n]", "]", StringComparison.Ordinal), Read(ReasoningStart.Inside, ids, [], ToolCallForm.DeepSeekV32).Parts);
    }

    [Theory]
    [InlineData(Inside, "Hm.</think>A </think>", "[Hm.]\"A </think>\"")]
    [InlineData(Free, "<think>Hm.", "\"<think>Hm.\"")]
    public void Next_MarkSpelledOut_IsText(int start, string answer, string expected)
    {
        // Only the first end mark of the thoughts is a token.
        int[] ids = start == Inside
            ? [.. Encode("Hm."), Marks.EndId, .. Encode("A </think>")]
            : Encode(answer);
        Assert.Equal(expected, Read((ReasoningStart)start, ids, []).Parts);

        static int[] Encode(string text) => Tokenizer.Encode(text, AddedTokens.Plain);
    }

    [Theory]
    [InlineData("stop", "I stop</think>Go on", "[I stop]\"Go on\"")]
    [InlineData("on", "Go on</think>Go on, and on", "[Go on]\"Go \"")]
    [InlineData("\"a\"", "</think><｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>get\n```json\n{\"a\": 1}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>", "get({\"a\": 1})")]
    [InlineData("<x>", "</think>A <<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>get\n```json\n{}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>x>", "\"A <\"get({})\"x>\"")]
    public void Next_StopString_EndsContentAlone(string stop, string answer, string expected) =>
        Assert.Equal(expected, Read(ReasoningStart.Inside, Tokenizer.Encode(answer, AddedTokens.Recognize), [stop]).Parts);

    [Fact]
    public void Next_StopString_SaysThatTheAnswerHasEnded()
    {
        var (_, deltas) = Read(ReasoningStart.Inside, Tokenizer.Encode("Hm.</think>A. B. C.", AddedTokens.Recognize), ["B"]);
        Assert.Equal(FinishReason.Stop, deltas[^1].Finish);
        Assert.All(deltas.SkipLast(1), delta => Assert.Null(delta.Finish));
    }

    [Fact]
    public void Next_EveryToken_CountsForReasoningUpToAndWithItsEndMark()
    {
        var thoughts = Tokenizer.Encode("Let me think about it.</think>", AddedTokens.Recognize);
        var (_, deltas) = Read(ReasoningStart.Inside, [.. thoughts, .. Tokenizer.Encode("\n\nParis.", AddedTokens.Plain)], []);
        Assert.Equal(thoughts.Length, deltas.Count(delta => delta.IsReasoning));
        Assert.All(deltas.Take(thoughts.Length), delta => Assert.True(delta.IsReasoning));

        var opened = Read(ReasoningStart.Free, [Marks.BeginId, .. thoughts], []).Deltas;
        Assert.Equal(thoughts.Length + 1, opened.Count(delta => delta.IsReasoning));
    }

    [Fact]
    public void Next_ModelWithoutMarks_HasContentAlone()
    {
        var reader = new AnswerReader(Tokenizer, marks: null, ReasoningStart.Over, calls: null, callMarks: null, []);
        var delta = reader.Next(new GeneratedToken(Marks.BeginId, null, FinishReason.Length));
        Assert.Equal([new AnswerPart(AnswerPartKind.Content, "<think>")], delta.Parts);
        Assert.False(delta.IsReasoning);
    }

    [Theory]
    [InlineData("<｜Assistant｜><think>\n", Inside)]
    [InlineData("<｜Assistant｜><think>", Inside)]
    [InlineData("<｜Assistant｜></think>", Over)]
    [InlineData("<think>\n\n</think>\n\n", Over)]
    [InlineData("<｜Assistant｜>", Free)]
    [InlineData("", Free)]
    public void StartAfter_Prompt_IsReadFromItsEnd(string prompt, int expected) =>
        Assert.Equal((ReasoningStart)expected, Marks.StartAfter(Tokenizer.Encode(prompt, AddedTokens.Recognize), Tokenizer));

    [Fact]
    public void StartAfter_MarkThatACallerSpelledOut_IsText() =>
        Assert.Equal(ReasoningStart.Free, Marks.StartAfter(Tokenizer.Encode("<think>", AddedTokens.Plain), Tokenizer));

    private static (string Parts, List<ChatDelta> Deltas) Read(
        ReasoningStart start, int[] ids, string[] stops, ToolCallForm form = ToolCallForm.DeepSeekV3)
    {
        var format = ReadAnswer.Format(form, Tokenizer);
        var reader = new AnswerReader(Tokenizer, Marks, start, new ToolCallReader(format, ReadAnswer.Names, isParallel: true), format.Marks, stops);
        List<ChatDelta> deltas = [];
        for (var i = 0; i < ids.Length && deltas is [] or [.., { Finish: null }]; i++)
        {
            deltas.Add(reader.Next(new GeneratedToken(ids[i], null, i == ids.Length - 1 ? FinishReason.Length : null)));
        }

        return (ReadAnswer.Write(deltas.SelectMany(delta => delta.Parts)), deltas);
    }
}
