using System.Runtime.InteropServices;
using System.Text.Json;
using Gateway.Engine;
using Gateway.Engine.Kernels.Cuda;
using Gateway.Engine.Models;
using Gateway.Engine.Weights;

namespace Gateway.Benchmarks.Gpu;

/// <summary>
/// Checkpoints with the logits and tokens of transformers beside them, on the GPU. Limits are those that the references state: in float32
/// 1e-4 of the prompt's largest logit and every greedy token; in bfloat16 a median of 0.1 and 70 % of the best tokens for mixtures,
/// 0.05 and 90 % for dense families.
/// </summary>
internal static class Goldens
{
    private const int BlockSize = 16;
    private const int MaxTokens = 1024;

    public static int Run(string root)
    {
        var failures = 0;
        Console.WriteLine($"{"model",-24} {"type",-5} {"worst",10} {"median",10} {"argmax",8} {"greedy",8}  verdict");
        foreach (var folder in Directory.GetDirectories(root).Where(IsSupported).Order(StringComparer.Ordinal))
        {
            foreach (var type in new[] { ElementType.Float32, ElementType.BFloat16 })
            {
                failures += Check(folder, type) ? 0 : 1;
            }
        }

        Console.WriteLine($"RESULT goldens_failed {failures}");
        return failures == 0 ? 0 : 1;
    }

    private static bool Check(string folder, ElementType type)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "golden.json")));
        using var tensors = SafetensorsFile.Open(Path.Combine(folder, "golden.safetensors"));
        using var files = ModelFiles.Open(folder);
        var options = new EngineOptions { ModelPath = folder, MaxStepTokens = MaxTokens, MaxRunningSequences = MaxTokens, BlockSize = BlockSize, KvCacheTokens = 2 * MaxTokens };
        var (model, backend) = Device.Load(files, Device.Open(), type, options);
        using var owned = backend;
        using var cache = backend.CreateCache(model.CacheLayers, model.CacheWidth, Device.Sizes(options).TotalBlocks, BlockSize);
        List<double> differences = [];
        var (agreed, compared, greedy, drawn) = (0, 0, 0, 0);
        var blocks = Enumerable.Range(0, Device.Sizes(options).TotalBlocks).ToArray();
        foreach (var prompt in json.RootElement.GetProperty("prompts").EnumerateArray())
        {
            var ids = Integers(prompt.GetProperty("ids"));
            var positions = Integers(prompt.GetProperty("positions"));
            var expected = Floats(tensors, prompt.GetProperty("logits").GetString()!).Chunk(model.VocabularySize).ToArray();
            var scale = expected.Max(row => row.Max(MathF.Abs));
            var logits = Device.Forward(model, backend, cache, ids, 0, blocks, ids.Length);
            for (var i = 0; i < positions.Length; i++)
            {
                var row = logits[positions[i]];
                differences.Add(expected[i].Zip(row, (a, b) => MathF.Abs(a - b)).Max() / scale);
                agreed += Device.Best(expected[i]) == Device.Best(row) ? 1 : 0;
                compared++;
            }

            // The reference's tokens are fed, so that one difference does not make all that follow differ.
            var (next, at) = (logits[^1], ids.Length);
            foreach (var id in Integers(prompt.GetProperty("greedy")))
            {
                greedy += Device.Best(next) == id ? 1 : 0;
                drawn++;
                next = Device.Forward(model, backend, cache, [id], at++, blocks, 1)[0];
            }
        }

        differences.Sort();
        var (median, worst) = (differences[differences.Count / 2], differences[^1]);
        var isDense = model.Family is "llama" or "qwen2" or "qwen3";
        var passes = type == ElementType.Float32
            ? worst <= 1e-4 && greedy == drawn
            : median <= (isDense ? 0.05 : 0.1) && agreed >= compared * (isDense ? 0.9 : 0.7);
        Console.WriteLine(
            $"{Path.GetFileName(folder),-24} {(type == ElementType.Float32 ? "f32" : "bf16"),-5} {worst,10:E1} {median,10:E1} {agreed / (double)compared,8:P1} {greedy / (double)drawn,8:P1}  {(passes ? "pass" : "FAIL")}");
        return passes;
    }

    /// <summary>Not those of architectures that the engine refuses, or that hold no checkpoint.</summary>
    private static bool IsSupported(string folder) =>
        File.Exists(Path.Combine(folder, "golden.json")) && !Path.GetFileName(folder).StartsWith("deepseek_v4", StringComparison.Ordinal)
        && Path.GetFileName(folder) != "deepseek_v32";

    private static int[] Integers(JsonElement array) => [.. array.EnumerateArray().Select(item => item.GetInt32())];

    private static float[] Floats(SafetensorsFile file, string name)
    {
        var entry = file.Entries[name];
        var values = new float[entry.ByteCount / sizeof(float)];
        file.Read(entry, 0, MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }
}
