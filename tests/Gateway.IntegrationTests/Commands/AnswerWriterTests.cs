using Gateway.Commands;
using Gateway.Engine.Dialogue;
using Xunit;

namespace Gateway.IntegrationTests.Commands;

public sealed class AnswerWriterTests
{
    private static readonly AnswerPart[] Answer =
    [
        new(AnswerPartKind.Reasoning, "Hm"), new(AnswerPartKind.Reasoning, " hm."), new(AnswerPartKind.Content, "Yes"), new(AnswerPartKind.Content, "."),
    ];

    [Fact]
    public async Task WriteAsync_Terminal_ShowsReasoningDimmed() =>
        Assert.Equal(("Yes.", "\e[2mHm hm.\e[0m\nYes.\n"), await WriteAsync(Answer, isStyled: true));

    [Fact]
    public async Task WriteAsync_Pipe_MarksReasoning() =>
        Assert.Equal(("Yes.", "<think>Hm hm.</think>\nYes.\n"), await WriteAsync(Answer, isStyled: false));

    [Fact]
    public async Task EndAsync_InTheMidstOfReasoning_LeavesTheTerminalAsItWas() =>
        Assert.Equal(("", "\e[2mHm\e[0m\n\n"), await WriteAsync(Answer[..1], isStyled: true));

    private static async Task<(string Content, string Shown)> WriteAsync(AnswerPart[] parts, bool isStyled)
    {
        var output = new StringWriter { NewLine = "\n" };
        var writer = new AnswerWriter(output, isStyled);
        foreach (var part in parts)
        {
            await writer.WriteAsync(part);
        }

        await writer.EndAsync();
        return (writer.Content, output.ToString());
    }
}
