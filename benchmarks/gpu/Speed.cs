using System.Diagnostics;
using System.Globalization;
using Gateway.Engine;
using Gateway.Engine.Backends.Cuda;
using Gateway.Engine.Execution;
using Gateway.Engine.Kernels.Cuda;
using Gateway.Engine.Synthesis;

namespace Gateway.Benchmarks.Gpu;

/// <summary>Tokens per second and first tokens of a DeepSeek-V2-Lite shape through the whole engine: scheduler, cache, sampler and streams.</summary>
internal static class Speed
{
    private const int BlockSize = 64;
    private const int DecodePrompt = 256;

    public static async Task<int> RunAsync(string[] args)
    {
        var layers = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : SyntheticShape.V2Lite.Layers;
        var (isJoined, isFloat8) = (args.Length > 1 && args[1] == "joined", args.Length > 1 && args[1] == "fp8");
        var prefetchBytes = args.Length > 2 ? long.Parse(args[2], CultureInfo.InvariantCulture) << 20 : 0;
        var shape = SyntheticShape.V2Lite with { Layers = layers };
        var options = new EngineOptions
        {
            ModelPath = shape.Name,
            MaxStepTokens = 8192,
            MaxRunningSequences = 256,
            BlockSize = BlockSize,
            KvCacheTokens = 400_000,
            MaxContextTokens = 132_000,
        };
        var clock = Stopwatch.StartNew();
        using var files = new SyntheticModelFiles(shape, SyntheticFolder.Seed, isFloat8);
        var gpu = Device.Open();
        var (model, backend) = Device.Load(files, gpu, ElementType.BFloat16, options, isJoined, prefetchBytes);
        var cache = backend.CreateCache(model.CacheLayers, model.CacheWidth, Device.Sizes(options).TotalBlocks, BlockSize);
        Console.WriteLine(
            $"{shape.Name}, {layers} layers, {model.ParameterCount / 1e9:F2} billion parameters, on {backend.Description}: loaded in {clock.Elapsed.TotalSeconds:F1} s");

        var runner = new CudaStepRunner(model, (CudaBackend)backend, cache, Device.Sizes(options).MaxRunningSequences, options.MaxContextTokens!.Value);
        await using var engine = new InferenceEngine(Device.Sizes(options), runner, new ModelDescription
        {
            Name = shape.Name,
            Family = model.Family,
            VocabularySize = model.VocabularySize,
            ContextLength = options.MaxContextTokens.Value,
            EmbeddingSize = model.HiddenSize,
            ParameterCount = model.ParameterCount,
            CacheBytesPerToken = model.CacheLayers * model.CacheWidth * backend.CacheBytesPerValue,
            EosTokenIds = [],
            BosTokenId = null,
        });
        Result("cache_bytes_per_token", engine.Model.CacheBytesPerToken, "F0");
        await DecodeAsync(engine, 1, 24);
        if (isJoined)
        {
            Result("decode_1_joined_tokens_per_s", await DecodeAsync(engine, 1, 256));
            engine.CheckIntegrity();
            return 0;
        }

        var form = isFloat8 ? "fp8_" : "";
        Result($"decode_1_{form}tokens_per_s", await DecodeAsync(engine, 1, 256));
        foreach (var streams in new[] { 64, 256 })
        {
            await DecodeAsync(engine, streams, 8);
            Result($"decode_{streams}_{form}tokens_per_s", await DecodeAsync(engine, streams, 96));
        }

        await PromptsAsync(engine, form);
        engine.CheckIntegrity();
        return 0;
    }

    private static async Task PromptsAsync(InferenceEngine engine, string form)
    {
        await FirstTokenAsync(engine, 4096);
        foreach (var prompt in new[] { 1024, 4096, 8192 })
        {
            var times = new List<double>();
            for (var i = 0; i < 5; i++)
            {
                times.Add(await FirstTokenAsync(engine, prompt));
            }

            times.Sort();
            Result($"first_token_{prompt}_{form}ms", times[times.Count / 2] * 1000);
        }

        Result($"first_token_131000_{form}ms", await FirstTokenAsync(engine, 131_000) * 1000);
    }

    /// <summary>Tokens per second of all streams together, from the first moment that all of them decode to the last that all do.</summary>
    private static async Task<double> DecodeAsync(InferenceEngine engine, int streams, int tokens)
    {
        var (arrived, gate) = (0, new object());
        long start = 0, end = 0;
        await Task.WhenAll(Enumerable.Range(0, streams).Select(stream => Task.Run(async () =>
        {
            var count = 0;
            await foreach (var token in engine.GenerateAsync(Request(DecodePrompt, tokens + 8, stream)))
            {
                count++;
                if (count is not 4 && count != tokens + 4)
                {
                    continue;
                }

                lock (gate)
                {
                    arrived++;
                    if (arrived == streams)
                    {
                        start = Stopwatch.GetTimestamp();
                    }
                    else if (arrived == streams + 1)
                    {
                        end = Stopwatch.GetTimestamp();
                    }
                }
            }
        })));

        // Streams that began earlier are further on when the last one joins: what they did before does not count.
        return streams * (double)(tokens - Lag(streams)) / Stopwatch.GetElapsedTime(start, end).TotalSeconds;
    }

    /// <summary>Steps by which the first stream is ahead of the last one: prompts of all streams take this many steps to compute.</summary>
    private static int Lag(int streams) => Math.Max(0, (int)Math.Ceiling(streams * DecodePrompt / 8192.0) - 1);

    private static async Task<double> FirstTokenAsync(InferenceEngine engine, int prompt)
    {
        var start = Stopwatch.GetTimestamp();
        await foreach (var token in engine.GenerateAsync(Request(prompt, 1, prompt)))
        {
            return Stopwatch.GetElapsedTime(start).TotalSeconds;
        }

        throw new InvalidOperationException("no token came");
    }

    private static TokenRequest Request(int prompt, int tokens, int seed) => new()
    {
        PromptIds = [.. Enumerable.Range(0, prompt).Select(i => (int)(((i * 7919L) + (seed * 104_729L) + 13) % 100_000))],
        MaxTokens = tokens,
        IgnoreEos = true,
        Sampling = new() { Temperature = 0 },
    };

    private static void Result(string name, double value, string format = "F2") =>
        Console.WriteLine($"RESULT {name} {value.ToString(format, CultureInfo.InvariantCulture)}");
}
