using System.CommandLine;
using System.Runtime.InteropServices;
using Gateway.Engine.Text;
using Gateway.Hosting;

namespace Gateway.Commands;

/// <summary>
/// <c>gateway engine chat MODEL [--system TEXT] [--adapter NAME=FOLDER]</c>: a conversation with a model in the terminal. Ctrl+C stops an answer; between answers it
/// ends the program, as the end of the input does.
/// </summary>
public static class EngineChatCommand
{
    public static Command Create()
    {
        var system = new Option<string?>("--system") { Description = "What the model is told before the conversation." };
        var temperature = new Option<double?>("--temperature") { Description = "0 takes the likeliest token; by default what the model's makers recommend." };
        var tokens = new Option<int>("--max-tokens") { Description = "Most tokens of an answer; 1024 by default.", DefaultValueFactory = _ => 1024 };
        var seed = new Option<long?>("--seed") { Description = "The same seed gives the same answers; by default a fresh one each time." };
        var cache = new Option<int>("--kv-tokens") { Description = "Size of the KV cache, and so the longest conversation, in tokens; 8192 by default.", DefaultValueFactory = _ => 8192 };
        var command = new Command("chat", "Talk with a model in the terminal. Type /help for its commands; Ctrl+C stops an answer.");
        var model = new EngineModelOptions(command);
        var adapters = new EngineAdapterOption(command);
        foreach (var option in new Option[] { system, temperature, tokens, seed, cache })
        {
            command.Add(option);
        }

        command.SetAction((result, cancellationToken) => EngineCommand.RunAsync(result.InvocationConfiguration.Error, EngineModelOptions.Names, async () =>
        {
            var (output, error) = (result.InvocationConfiguration.Output, result.InvocationConfiguration.Error);
            var options = adapters.AddTo(model.Read(result), result) with { KvCacheTokens = result.GetValue(cache), MaxRunningSequences = 1 };
            var progress = Console.IsErrorRedirected ? null : new LoadProgress(percent => error.WriteLine($"loading: {percent} %"));
            await using var loaded = await Task.Run(() => LanguageModel.Load(options, progress, cancellationToken), cancellationToken);
            var sampling = loaded.Defaults.Sampling;
            var chat = new EngineChat(loaded, output, TimeProvider.System)
            {
                SystemText = result.GetValue(system),
                Adapter = adapters.Names(result) is [var first, ..] ? first : null,
                Sampling = sampling with
                {
                    Temperature = result.GetValue(temperature) ?? sampling.Temperature,
                    Seed = result.GetValue(seed) ?? sampling.Seed,
                },
                MaxTokens = result.GetValue(tokens),
                IsStyled = !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("NO_COLOR") is null,
                PromptText = Console.IsInputRedirected ? "" : "> ",
            };

            // While nothing is answered the signal is left to the runtime, which ends the process.
            using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => signal.Cancel = chat.StopAnswer());
            await chat.RunAsync(Console.In, cancellationToken);
        }));
        return command;
    }
}
