using System.Text.Json;
using Gateway.IntegrationTests.FrontDoor;
using Gateway.Testing;
using Xunit;

namespace Gateway.IntegrationTests.LocalEngine;

/// <summary>The built-in model's recorded answers, through HTTP.</summary>
[Collection(typeof(LocalGatewayCollection))]
public sealed class RecordedAnswerTests(LocalGateway local)
{
    private static readonly JsonElement Golden =
        JsonElement.Parse(File.ReadAllText(Path.Combine(RepositoryRoot.Path, "models", "demo", "golden.json")));

    public static TheoryData<int> Prompts => [.. Enumerable.Range(0, Golden.GetProperty("prompts").GetArrayLength())];

    [Theory]
    [MemberData(nameof(Prompts))]
    public async Task Chat_RecordedPrompt_GivesItsAnswerWholeAndStreamed(int index)
    {
        var prompt = Golden.GetProperty("prompts")[index];
        var expected = prompt.GetProperty("output_text").GetString();
        Dictionary<string, object?> body = new() { ["model"] = "auto", ["messages"] = prompt.GetProperty("messages") };

        var whole = await local.Client.ChatAsync(body);

        Assert.Equal(expected, whole.Text);
        Assert.Equal("stop", whole.FinishReason);
        Assert.Equal(prompt.GetProperty("prompt_ids").GetArrayLength(), whole.PromptTokens);
        Assert.Equal(prompt.GetProperty("output_ids").GetArrayLength(), whole.CompletionTokens);
        var streamed = await AnswerEvents.StreamAsync(local.Client, GatewayRequests.ChatPath, body);
        Assert.Equal(expected, streamed.Text);
        Assert.Equal(["stop"], streamed.FinishReasons);
    }
}
