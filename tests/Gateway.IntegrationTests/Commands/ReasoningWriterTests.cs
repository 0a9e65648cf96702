using Gateway.Commands;
using Xunit;

namespace Gateway.IntegrationTests.Commands;

public sealed class ReasoningWriterTests
{
    private const string Answer = "Well. <think>hm <thin air> hm</think>\nYes </think> no <";

    [Fact]
    public async Task WriteAsync_PiecesOfAnySize_ShowTheSameText()
    {
        for (var size = 1; size <= Answer.Length; size++)
        {
            Assert.Equal((Answer, Answer + "\n"), await WriteAsync(Answer, size, isStyled: false, isReasoning: false));
            Assert.Equal(
                (Answer, "Well. \e[2m<think>hm <thin air> hm</think>\e[0m\nYes </think> no <\n"),
                await WriteAsync(Answer, size, isStyled: true, isReasoning: false));
        }
    }

    [Fact]
    public async Task WriteAsync_AnswerThatBeginsInReasoning_IsDimmedToItsEnd() =>
        Assert.Equal("\e[2mhm</think>\e[0mYes\n", (await WriteAsync("hm</think>Yes", 3, isStyled: true, isReasoning: true)).Shown);

    [Fact]
    public async Task EndAsync_ReasoningThatIsNotOver_LeavesTheTerminalAsItWas() =>
        Assert.Equal("\e[2mhm</thi\e[0m\n", (await WriteAsync("hm</thi", 2, isStyled: true, isReasoning: true)).Shown);

    private static async Task<(string Text, string Shown)> WriteAsync(string answer, int pieceSize, bool isStyled, bool isReasoning)
    {
        var output = new StringWriter { NewLine = "\n" };
        var writer = new ReasoningWriter(output, isStyled, isReasoning);
        foreach (var piece in answer.Chunk(pieceSize))
        {
            await writer.WriteAsync(new string(piece));
        }

        await writer.EndAsync();
        return (writer.Text, output.ToString());
    }
}
