using Gateway.Engine;
using Gateway.Engine.Backends;
using Gateway.Engine.Backends.Cpu;
using Gateway.Engine.Kernels.Cpu;
using Gateway.Engine.Kernels.Cuda;
using Gateway.Engine.KvCache;
using Gateway.Engine.Models;
using Gateway.Engine.Tokenization;
using Gateway.Engine.Weights;

namespace Gateway.Benchmarks.Gpu;

/// <summary>How often the built-in model's best token in bfloat16 on the GPU is the one of float32 on the CPU, over 2,000 tokens.</summary>
internal static class DemoAgreement
{
    private const int Tokens = 2000;
    private const int PerPrompt = 100;
    private const int BlockSize = 16;

    public static int Run(string folder)
    {
        using var files = ModelFiles.Open(folder);
        var options = new EngineOptions { ModelPath = folder, MaxStepTokens = 512, MaxRunningSequences = 512, BlockSize = BlockSize, KvCacheTokens = 512 };
        var (gpuModel, gpu) = Device.Load(files, Device.Open(), ElementType.BFloat16, options);
        using IBackend cpu = new CpuBackend(new CpuTeam(Environment.ProcessorCount), 512);
        var cpuModel = ModelLoader.Load(files, cpu, Quantization.None, progress: null, default);
        var tokenizer = files.ReadTokenizer();
        string[] prompts =
        [
            "What is a KV cache?", "What is the capital of France?", "Write a haiku about the sea", "Tell me a joke", "Say hello in French",
            "What is a hedged request?", "Explain the gateway.", "What is 3 plus 4?", "Who are you?", "What is a token budget?",
        ];
        var (agreed, all) = (0, 0);
        for (var i = 0; all < Tokens; i++)
        {
            int[] ids = [.. tokenizer.Encode($"User: {prompts[i % prompts.Length]} {i}\n\nAssistant:", AddedTokens.Recognize)];
            var (same, count) = Compare((cpuModel, cpu), (gpuModel, gpu), ids, Math.Min(PerPrompt, Tokens - all));
            (agreed, all) = (agreed + same, all + count);
        }

        Console.WriteLine($"built-in model: {agreed} of {all} tokens agree ({agreed / (double)all:P2})");
        Console.WriteLine($"RESULT demo_agreement {agreed / (double)all:F4}");
        gpu.Dispose();
        return agreed >= 0.99 * all ? 0 : 1;
    }

    private static (int Agreed, int Count) Compare((ILanguageModel, IBackend) reference, (ILanguageModel, IBackend) tested, int[] ids, int count)
    {
        using var mine = Cache(tested);
        using var theirs = Cache(reference);
        int[] blocks = [.. Enumerable.Range(0, 512 / BlockSize)];
        var (expected, actual) = (Step(reference, theirs, ids, 0, blocks), Step(tested, mine, ids, 0, blocks));
        var agreed = 0;
        for (var i = 0; i < count; i++)
        {
            agreed += expected == actual ? 1 : 0;
            var at = ids.Length + i;
            (expected, actual) = (Step(reference, theirs, [expected], at, blocks), Step(tested, mine, [expected], at, blocks));
        }

        return (agreed, count);
    }

    private static int Step((ILanguageModel Model, IBackend Backend) on, IKvCache cache, int[] ids, int first, int[] blocks) =>
        Device.Best(Device.Forward(on.Model, on.Backend, cache, ids, first, blocks, 1)[0]);

    private static IKvCache Cache((ILanguageModel Model, IBackend Backend) on) =>
        on.Backend.CreateCache(on.Model.CacheLayers, on.Model.CacheWidth, 512 / BlockSize, BlockSize);
}
