using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Gateway.Engine;
using Gateway.Engine.Benchmarking;
using Gateway.Engine.Inspection;

namespace Gateway.Commands;

/// <summary>
/// <c>gateway engine bench MODEL [--batch 1,8,32] [--prompt N] [--tokens N] [--json]</c>: how fast the engine reads prompts and generates on
/// this machine, through the whole of it.
/// </summary>
public static class EngineBenchCommand
{
    private const int MaxStreams = 4096;

    public static Command Create()
    {
        var batch = new Option<int[]>("--batch")
        {
            Description = "How many streams generate at the same time, separated by commas; 1,8,32 by default.",
            CustomParser = result => [.. result.Tokens.SelectMany(token => token.Value.Split(',')).Select(text =>
                int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var streams) ? streams : 0)],
            DefaultValueFactory = _ => [1, 8, 32],
        };
        batch.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int[]>() is { } streams && !streams.All(count => count is >= 1 and <= MaxStreams))
            {
                result.AddError($"--batch: write numbers of 1 to {MaxStreams}, separated by commas.");
            }
        });
        var prompt = Positive("--prompt", "Tokens of the prompts whose reading is measured; 512 by default, 0 leaves it out.", 512, least: 0);
        var repeats = Positive("--repeats", "Prompts to read, of which the median counts; 3 by default.", 3);
        var tokens = Positive("--tokens", "Tokens that each stream generates; 32 by default.", 32, least: 2);
        var context = Positive("--context", "Tokens of the prompt that each stream generates after; 32 by default.", 32);
        var json = RouteCommand.JsonOption();
        var command = new Command("bench", "Measure how fast the engine reads prompts and generates on this machine.");
        var model = new EngineModelOptions(command);
        foreach (var option in new Option[] { batch, prompt, repeats, tokens, context, json })
        {
            command.Add(option);
        }

        // The cache is as large as what is asked for needs.
        var names = new Dictionary<string, string>(EngineModelOptions.Names) { [nameof(EngineOptions.KvCacheTokens)] = "--batch, --context and --tokens" };
        command.SetAction((result, cancellationToken) => EngineCommand.RunAsync(result.InvocationConfiguration.Error, names, async () =>
        {
            var report = await MeasureAsync(
                model.Read(result), result.GetRequiredValue(batch), result.GetValue(prompt), result.GetValue(repeats), result.GetValue(tokens), result.GetValue(context),
                TimeProvider.System, result.InvocationConfiguration.Error, cancellationToken);
            await result.InvocationConfiguration.Output.WriteLineAsync(
                result.GetValue(json) ? JsonSerializer.Serialize(report, EngineCommand.Json) : report.Table());
        }));
        return command;
    }

    private static async Task<EngineBenchReport> MeasureAsync(
        EngineOptions options, int[] batches, int prompt, int repeats, int tokens, int context, TimeProvider time, TextWriter error, CancellationToken cancellationToken)
    {
        var most = batches.Append(1).Max();
        options = options with
        {
            MaxRunningSequences = most,
            KvCacheTokens = Math.Max(prompt + 1, EngineBenchmark.CacheTokens(most, context, tokens)),
        };
        var inspection = ModelInspector.Inspect(options);
        CheckContext(inspection.ContextLength, prompt, context, tokens);
        var start = time.GetTimestamp();
        await using var engine = await Task.Run(() => InferenceEngine.Load(options, cancellationToken), cancellationToken);
        await error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"loaded in {time.GetElapsedTime(start).TotalSeconds:F1} s; measuring"));
        var threads = options.Threads ?? Environment.ProcessorCount;
        double? bandwidth = engine.Model.DeviceKind == ComputeDevice.Cpu ? await Task.Run(() => ReadBandwidth.Measure(threads, time), cancellationToken) : null;
        var benchmark = new EngineBenchmark(engine, time);
        await benchmark.WarmUpAsync(cancellationToken);
        double? prefill = prompt > 0 ? await benchmark.PrefillAsync(prompt, repeats, cancellationToken) : null;
        List<DecodeRate> decodes = [];
        foreach (var streams in batches)
        {
            decodes.Add(new DecodeRate(streams, await benchmark.DecodeAsync(streams, context, tokens, cancellationToken)));
        }

        return new EngineBenchReport
        {
            Model = inspection.Name,
            Family = inspection.Family,
            Parameters = inspection.Parameters,
            ActiveParameters = inspection.ActiveParameters,
            WeightBytesPerToken = inspection.WeightBytesPerToken,
            Device = engine.Model.Device,
            ReadBytesPerSecond = bandwidth,
            PromptTokens = prompt,
            PrefillTokensPerSecond = prefill,
            Decodes = decodes,
        };
    }

    private static void CheckContext(int length, int prompt, int context, int tokens)
    {
        if (prompt >= length)
        {
            throw new EngineException($"--prompt is {prompt}; the model's context of {length} tokens has room for {length - 1} and an answer.");
        }

        if (context + tokens > length)
        {
            throw new EngineException($"--context and --tokens are {context + tokens} together; the model's context has {length}.");
        }
    }

    private static Option<int> Positive(string name, string description, int value, int least = 1)
    {
        var option = new Option<int>(name) { Description = description, DefaultValueFactory = _ => value };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < least)
            {
                result.AddError($"{name}: it must be at least {least}.");
            }
        });
        return option;
    }
}
