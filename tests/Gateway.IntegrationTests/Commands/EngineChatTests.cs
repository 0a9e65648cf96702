using System.Text;
using Gateway.Commands;
using Gateway.Engine;
using Gateway.Engine.Sampling;
using Gateway.Engine.Text;
using Gateway.Testing;
using Xunit;

namespace Gateway.IntegrationTests.Commands;

public sealed class EngineChatTests : IAsyncLifetime
{
    private LanguageModel _model = null!;

    public ValueTask InitializeAsync()
    {
        _model = LanguageModel.Load(
            new EngineOptions { ModelPath = Path.Combine(RepositoryRoot.Path, "models/demo"), KvCacheTokens = 512, Device = ComputeDevice.Cpu },
            cancellationToken: TestContext.Current.CancellationToken);
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => _model.DisposeAsync();

    [Fact]
    public async Task RunAsync_SecondTurn_SeesTheFirstUntilReset()
    {
        Assert.Contains("Anna", Lines(await TalkAsync("My name is Anna.\nWhat is my name?"))[^1], StringComparison.Ordinal);
        Assert.DoesNotContain("Anna", Lines(await TalkAsync("My name is Anna.\n/reset\nWhat is my name?"))[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_UnknownCommand_ShowsThoseThereAre()
    {
        var output = await TalkAsync("/nonsense");
        Assert.Contains("no such command", output, StringComparison.Ordinal);
        Assert.Contains("/reset", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_System_BeginsAnewWithIt()
    {
        var chat = Chat(new StringWriter());
        await chat.RunAsync(new StringReader("/system Be brief.\n"), TestContext.Current.CancellationToken);
        Assert.Equal("Be brief.", chat.SystemText);
        await chat.RunAsync(new StringReader("/system\n"), TestContext.Current.CancellationToken);
        Assert.Null(chat.SystemText);
    }

    [Fact]
    public async Task RunAsync_LineBeyondTheContext_SaysSoAndGoesOn()
    {
        var output = await TalkAsync(string.Concat(Enumerable.Repeat("word ", 2000)) + "\nHello");
        Assert.Contains("/reset begins anew", output, StringComparison.Ordinal);
        Assert.Equal(Lines(await TalkAsync("Hello"))[^1], Lines(output)[^1]);
    }

    [Fact]
    public async Task StopAnswer_InTheMidstOfOne_EndsItAndNotTheChat()
    {
        EngineChat? chat = null;
        var stopped = false;
        var output = new CallbackWriter(text =>
        {
            if (!stopped && text.Trim().Length > 0)
            {
                stopped = chat!.StopAnswer();
            }
        });
        chat = Chat(output);
        await chat.RunAsync(new StringReader("Hello\n/help\n"), TestContext.Current.CancellationToken);

        Assert.True(stopped);
        Assert.Contains("[stopped]", output.Text, StringComparison.Ordinal);
        Assert.Contains("/quit", output.Text, StringComparison.Ordinal);
        Assert.False(chat.StopAnswer());
        Assert.Equal(0, _model.Engine.Statistics.Running);
    }

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private EngineChat Chat(TextWriter output) => new(_model, output, TimeProvider.System)
    {
        Sampling = new SamplingParameters { Temperature = 0 },
        MaxTokens = 64,
    };

    private async Task<string> TalkAsync(string input)
    {
        var output = new StringWriter();
        await Chat(output).RunAsync(new StringReader(input), TestContext.Current.CancellationToken);
        return output.ToString();
    }

    private sealed class CallbackWriter(Action<string> written) : TextWriter
    {
        private readonly StringBuilder _text = new();

        public override Encoding Encoding => Encoding.UTF8;

        public string Text => _text.ToString();

        public override void Write(char value) => _text.Append(value);

        public override Task WriteAsync(string? value)
        {
            _text.Append(value);
            written(value ?? "");
            return Task.CompletedTask;
        }

        public override Task WriteLineAsync(string? value) => WriteAsync(value + '\n');
    }
}
