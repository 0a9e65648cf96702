using System.Runtime.InteropServices;
using Gateway.Engine;
using Gateway.Engine.Kernels.Cuda;
using Gateway.Engine.Models;

namespace Gateway.Benchmarks.Gpu;

/// <summary>
/// Logits of a checkpoint for compare.py: of a prompt of 1,100 tokens computed at once (expanded attention), and of 40 more computed
/// one by one (absorbed, split); the ids are (i · 7919 + 13) mod vocabulary.
/// </summary>
internal static class SyntheticLogits
{
    private const int Prompt = 1100;
    private const int Decoded = 40;
    private const int BlockSize = 64;

    public static int Write(string folder, string type, string output)
    {
        using var files = ModelFiles.Open(folder);
        var options = new EngineOptions { ModelPath = folder, MaxStepTokens = 2048, MaxRunningSequences = 2048, BlockSize = BlockSize, KvCacheTokens = 2048 };
        var (model, backend) = Device.Load(files, Device.Open(), type == "f32" ? ElementType.Float32 : ElementType.BFloat16, options);
        using var owned = backend;
        using var cache = backend.CreateCache(model.CacheLayers, model.CacheWidth, Device.Sizes(options).TotalBlocks, BlockSize);
        int[] blocks = [.. Enumerable.Range(0, Device.Sizes(options).TotalBlocks)];
        int[] ids = [.. Enumerable.Range(0, Prompt + Decoded).Select(i => (int)(((i * 7919L) + 13) % model.VocabularySize))];
        using var file = File.Create(output);
        foreach (var row in Device.Forward(model, backend, cache, ids[..Prompt], 0, blocks, Prompt))
        {
            file.Write(MemoryMarshal.AsBytes(row.AsSpan()));
        }

        for (var i = Prompt; i < ids.Length; i++)
        {
            file.Write(MemoryMarshal.AsBytes(Device.Forward(model, backend, cache, [ids[i]], i, blocks, 1)[0].AsSpan()));
        }

        return 0;
    }
}
