using Gateway.Engine.Adapters;
using Gateway.Engine.Execution;
using Gateway.Engine.Synthesis;
using Gateway.Engine.Tests.Kernels.Cuda.Emulation;
using Gateway.Engine.Tests.Models;
using Gateway.Engine.Weights;
using Xunit;

namespace Gateway.Engine.Tests.Adapters;

/// <summary>Adapters that a model cannot take.</summary>
public sealed class AdapterLedgerTests
{
    private const string Layer = "model.layers.1.";

    [Theory]
    [InlineData("model.layers.1.mlp.gate", "unsupported module: 'model.layers.1.mlp.gate' takes no adapter")]
    [InlineData("lm_head", "unsupported module: 'lm_head' takes no adapter")]
    [InlineData("model.embed_tokens", "unsupported module: 'model.embed_tokens' takes no adapter")]
    [InlineData("model.layers.1.self_attn.k_proj", "unknown module: the model has no 'model.layers.1.self_attn.k_proj'")]
    [InlineData("model.layers.9.self_attn.q_proj", "unknown module: the model has no 'model.layers.9.self_attn.q_proj'")]
    [InlineData("model.layers.1.mlp.experts.99.up_proj", "unknown module: the model has no 'model.layers.1.mlp.experts.99.up_proj'")]
    public void Load_ModuleThatTakesNone_IsRefusedByName(string module, string expected)
    {
        var exception = Load(Adapter(module, 4, 4));
        Assert.StartsWith(expected, Assert.Single(exception.Errors), StringComparison.Ordinal);
        Assert.Contains("'support' in memory", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_OfAnotherShape_NamesTensorFoundAndExpected()
    {
        var exception = Load(Adapter(Layer + "self_attn.kv_b_proj", 8, 4));
        Assert.Equal(
            [
                $"wrong shape: 'base_model.model.{Layer}self_attn.kv_b_proj.lora_A.weight' is [2, 4], the model asks for [2, 64]",
                $"wrong shape: 'base_model.model.{Layer}self_attn.kv_b_proj.lora_B.weight' is [8, 2], the model asks for [256, 2]",
            ],
            exception.Errors);
    }

    [Fact]
    public void Load_AdapterOfAnotherModel_ListsTheFirstErrorsOfMany()
    {
        using var other = SafetensorsCheckpoint.Open(Folder("qwen2_distill"));
        var exception = Load(SyntheticAdapter.Create(other, "support", 1, 4));
        Assert.True(exception.Errors.Count > 20);
        Assert.Contains($"and {exception.Errors.Count - 20} more", exception.Message, StringComparison.Ordinal);
        Assert.Contains("was the adapter trained for another model?", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Take_SeveralAdapters_AreNumberedByName()
    {
        var checkpoint = new Weights.MemoryCheckpoint();
        var ledger = new AdapterLedger(new AdapterSet([Adapter("m", 4, 4, "b"), Adapter("m", 4, 4, "B"), Adapter("n", 4, 4, "a")]), checkpoint);
        Assert.Equal([null, 2, null, 2], ledger.Take("m", 4, 4).ByNumber.Select(pair => pair?.Rank));
        Assert.Equal([null, null, 2, null], ledger.Take("n", 4, 4).ByNumber.Select(pair => pair?.Rank));
        Assert.True(ledger.Take("o", 4, 4).IsEmpty);
        Assert.Equal(3 * 16, ledger.ParameterCount);
        ledger.Close();
    }

    [Fact]
    public void Load_EngineWithUnusableAdapter_NamesIt()
    {
        using var folder = new AdapterFolder().AddPair(Layer + "self_attn.q_proj");
        var options = new EngineOptions
        {
            ModelPath = EngineRun.SmallModel,
            Device = ComputeDevice.Cpu,
            Adapters = new Dictionary<string, string> { ["mine"] = folder.Path },
        };
        var exception = Assert.Throws<AdapterException>(() => InferenceEngine.Load(options, TestContext.Current.CancellationToken));
        Assert.Equal(("mine", folder.Path), (exception.Name, exception.Folder));
        Assert.Contains("the model asks for [2, 128]", exception.Message, StringComparison.Ordinal);
    }

    private static AdapterException Load(LoraAdapter adapter) =>
        Assert.Throws<AdapterException>(() => LoadedModel.OnCpu(Folder("deepseek_v2_lite"), adapters: [adapter]));

    private static LoraAdapter Adapter(string module, int outputs, int inputs, string name = "support") => new(
        name, "memory", new Dictionary<string, LoraPair> { [module] = new(new float[2 * inputs], new float[outputs * 2], 2, 1) });

    private static string Folder(string model) => Path.Combine(Goldens.RepositoryRoot, "tests", "goldens", "models", model);
}
