using Gateway.Engine.Adapters;
using Gateway.Engine.ChatTemplates;
using Gateway.Engine.Execution;
using Gateway.Engine.Models;
using Gateway.Engine.Models.DeepSeekV2;
using Gateway.Engine.Tokenization;
using Gateway.Engine.Weights;

namespace Gateway.Engine.Inspection;

/// <summary>Looks at a model without loading it: configuration, tensors by name and shape, tokenizer, template. No matrix is read.</summary>
public static class ModelInspector
{
    private const string Experts = "experts";
    private const string Embedding = "embedding";

    // By what names contain, the first that fits; in the order of a forward pass.
    private static readonly (string Contained, string Kind)[] Kinds =
    [
        ("embed_tokens", Embedding),
        ("norm", "norms"),
        (".self_attn.", "attention"),
        (".mlp.experts.", Experts),
        (".mlp.shared_experts.", "shared experts"),
        (".mlp.gate.", "router"),
        (".mlp.", "dense MLP"),
        ("lm_head", "output"),
    ];

    /// <param name="options">Which model, on which device, and quantised how.</param>
    /// <param name="memoryBytes">Memory that there is; null: what the device has, of the CPU what this process may have.</param>
    /// <exception cref="EngineException">The model, or an adapter, is missing, damaged or not supported; the message names what is wrong.</exception>
    /// <exception cref="TokenizerFormatException">The tokenizer is missing or damaged.</exception>
    /// <exception cref="ChatTemplateException">The chat template is malformed.</exception>
    public static ModelInspection Inspect(EngineOptions options, long? memoryBytes = null)
    {
        options.Validate();
        var device = ExecutionDevice.Choose(options);
        var inspection = Inspect(options, device, memoryBytes);
        return device is CudaDevice && options.Device == ComputeDevice.Auto && inspection.IsTooLarge
            ? Inspect(options, CpuDevice.InsteadOfGpu($"the weights do not fit into the memory of {inspection.Device}."), memoryBytes)
            : inspection;
    }

    /// <summary>The same for a device that there is already.</summary>
    internal static ModelInspection Inspect(EngineOptions options, ExecutionDevice device, long? memoryBytes = null)
    {
        using var files = ModelFiles.Open(options.ModelPath);
        var plan = ModelLoader.Plan(files);
        using var checkpoint = files.OpenWeights();
        var adapters = AdapterSet.Read(options.Adapters);
        var ledger = new WeightLedger(checkpoint, CancellationToken.None, options.Quantization, progress: null, adapters);
        plan.Claim(ledger);
        using var backend = device.CreateBackend(options, EngineSizes.Of(options, device.Kind));
        return new ModelInspection
        {
            Name = files.Name,
            Family = plan.Family,
            Layers = plan.Layers,
            VocabularySize = plan.VocabularySize,
            ContextLength = plan.MaxPositions,
            Parts = Parts(plan, [.. ledger.Claims.Select(backend.Held)]),
            Adapters = [.. adapters.Adapters.Select(adapter => Adapter(adapter, backend.AdapterBytesPerValue))],
            CacheBytesPerToken = (long)plan.Layers * plan.CacheWidth * backend.CacheBytesPerValue,
            TokenizerSize = files.ReadTokenizer().VocabularySize,
            ChatTemplate = files.FindChatTemplate() is not null ? ChatTemplateSource.Model
                : plan.Family == DeepSeekV2Config.ModelType ? ChatTemplateSource.Engine
                : ChatTemplateSource.None,
            Device = backend.Description,
            DeviceKind = backend.Kind,
            DeviceNote = device.Note,
            MemoryBytes = memoryBytes ?? backend.MemoryBytes,
        };
    }

    private static AdapterInspection Adapter(LoraAdapter adapter, int bytesPerValue) =>
        new(adapter.Name, adapter.Rank, adapter.Pairs.Count, adapter.ParameterCount, adapter.ParameterCount * bytesPerValue);

    private static WeightPart[] Parts(ModelPlan plan, WeightClaim[] claims)
    {
        var isTied = !claims.Any(claim => KindOf(claim.Name) == "output");
        return
        [
            .. claims.GroupBy(claim => (Kind: KindOf(claim.Name), claim.Form.Name))
                .OrderBy(group => Array.FindIndex(Kinds, kind => kind.Kind == group.Key.Kind)).ThenBy(group => group.Key.Name, StringComparer.Ordinal)
                .Select(group => new WeightPart(
                    group.Key.Kind, group.Key.Name, group.Sum(claim => claim.ElementCount), group.Sum(claim => claim.ByteCount), ReadShare(group.Key.Kind))),
        ];

        // Embeddings of which a row is looked up; where they serve as the output too, all of them are read.
        double ReadShare(string kind) => kind switch
        {
            Experts => plan.ExpertShare,
            Embedding when !isTied => 0,
            _ => 1,
        };
    }

    private static string KindOf(string name)
    {
        foreach (var (contained, kind) in Kinds)
        {
            if (name.Contains(contained, StringComparison.Ordinal))
            {
                return kind;
            }
        }

        return "other";
    }
}
