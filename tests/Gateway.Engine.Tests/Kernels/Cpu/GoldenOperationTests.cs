using System.Text.Json;
using Gateway.Engine.Backends.Cpu;
using Gateway.Engine.Kernels.Cpu;
using Gateway.Engine.Kernels.Cpu.Attention;
using Gateway.Engine.KvCache;
using Gateway.Engine.Models;
using Gateway.Engine.Models.DeepSeekV2;
using Gateway.Engine.Models.DeepSeekV3;
using Gateway.Engine.Weights;
using Xunit;

namespace Gateway.Engine.Tests.Kernels.Cpu;

/// <summary>Single operations at the dimensions of the published checkpoints, where a golden set has them.</summary>
public sealed class GoldenOperationTests
{
    public static TheoryData<string> Files => [.. Goldens.Files("ops/ops.safetensors")];

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Files))]
    public void RotaryEmbedding_PublishedDimensions_MatchesTheReference(string file)
    {
        using var tensors = new GoldenTensors(file);
        foreach (var property in Description(file).GetProperty("ropes").EnumerateObject())
        {
            var (name, rope) = (property.Name, property.Value);
            List<string> errors = [];
            var config = new ConfigReader(rope.GetProperty("config"), "", errors);
            var isInterleaved = rope.GetProperty("interleaved").GetBoolean();
            var scaling = isInterleaved ? YarnScaling.Read(config.Child("rope_scaling")) : RopeScalingReader.Read(config.Child("rope_scaling"));
            Assert.Empty(errors);
            var dimension = rope.GetProperty("dim").GetInt32();
            var rotary = new RotaryEmbedding(dimension, config.Number("rope_theta", 1, 1e12), scaling);
            var frequencies = tensors.Floats($"rope.{name}.inv_freq");
            Assert.All(frequencies.Zip(rotary.InverseFrequencies.ToArray()), pair => Assert.Equal(1, pair.Second / pair.First, 1e-6));
            Assert.Equal(rope.GetProperty("cos_sin_multiplier").GetDouble(), rotary.Multiplier, 1e-6);
            if (scaling is YarnScaling yarn && isInterleaved)
            {
                Assert.Equal(rope.GetProperty("softmax_scale").GetDouble(), Math.Pow(192, -0.5) * yarn.SoftmaxMultiplier, 1e-8);
            }

            var positions = rope.GetProperty("positions").EnumerateArray().Select(item => item.GetInt32()).ToArray();
            var x = tensors.Floats($"rope.{name}.x").Chunk(dimension).ToArray();
            var y = tensors.Floats($"rope.{name}.y").Chunk(dimension).ToArray();
            var (cos, sin) = (new float[dimension / 2], new float[dimension / 2]);
            for (var i = 0; i < positions.Length; i++)
            {
                // The last bit of a frequency, times the position, is an angle.
                var tolerance = 1e-6 + (positions[i] * 1.2e-7);
                rotary.Fill(positions[i], cos, sin);
                if (isInterleaved)
                {
                    Rotation.RotateInterleaved(x[i], cos, sin);
                }
                else
                {
                    Rotation.RotateHalves(x[i], cos, sin);
                }

                Assert.All(y[i].Zip(x[i]), pair => Assert.Equal(pair.First, pair.Second, tolerance * 4));
            }
        }
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Files))]
    public void RmsNorm_TinyAndHugeRows_MatchTheReference(string file)
    {
        using var tensors = new GoldenTensors(file);
        var weight = tensors.Floats("rms_norm.weight");
        var y = new float[weight.Length];
        foreach (var (key, epsilon) in new[] { ("rms_norm.eps_1e-05", 1e-5f), ("rms_norm.eps_1e-06", 1e-6f) })
        {
            foreach (var (x, expected) in tensors.Floats("rms_norm.x").Chunk(weight.Length).Zip(tensors.Floats(key).Chunk(weight.Length)))
            {
                Normalization.RmsNorm(x, weight, epsilon, y);
                Assert.All(expected.Zip(y), pair => Assert.Equal(pair.First, pair.Second, 1e-5 * Math.Max(1e-3, Math.Abs(pair.First))));
            }
        }
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Files))]
    public void SiluMultiply_MatchesTheReference(string file)
    {
        using var tensors = new GoldenTensors(file);
        var gate = tensors.Floats("swiglu.gate");
        Normalization.SiluMultiply(gate, tensors.Floats("swiglu.up"));
        Assert.All(tensors.Floats("swiglu.y").Zip(gate), pair => Assert.Equal(pair.First, pair.Second, 1e-5 * Math.Max(1, Math.Abs(pair.First))));
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Files))]
    public void Route_PublishedRouters_MatchTheReferenceTiesIncluded(string file)
    {
        using var tensors = new GoldenTensors(file);
        foreach (var (name, scoring) in new[]
        {
            ("deepseek_v2_lite", ExpertScoring.Softmax), ("deepseek_v2", ExpertScoring.Softmax), ("deepseek_v3", ExpertScoring.BiasedSigmoid),
        })
        {
            List<string> errors = [];
            var description = JsonDocument.Parse(
                Description(file).GetProperty("routers").GetProperty(name).GetRawText().Replace("{", "{\"moe_intermediate_size\":1,", StringComparison.Ordinal));
            var config = MixtureConfig.Read(new ConfigReader(description.RootElement, "", errors), scoring)!;
            Assert.Empty(errors);
            var k = config.ExpertsPerToken;
            var logits = tensors.Floats($"router.{name}.logits").Chunk(config.RoutedExperts).ToArray();
            var experts = tensors.Integers($"router.{name}.experts").Chunk(k).ToArray();
            var weights = tensors.Floats($"router.{name}.weights").Chunk(k).ToArray();
            for (var row = 0; row < logits.Length; row++)
            {
                var (chosen, factors) = (new int[k], new float[k]);
                if (scoring == ExpertScoring.Softmax)
                {
                    ExpertRouter.Route(config, logits[row], chosen, factors);
                }
                else
                {
                    SigmoidRouter.Route(config, logits[row], tensors.Floats($"router.{name}.bias"), chosen, factors);
                }

                Array.Sort(experts[row], weights[row]);
                Assert.Equal(experts[row], chosen);
                Assert.All(weights[row].Zip(factors), pair => Assert.Equal(pair.First, pair.Second, 1e-5 * Math.Max(1, pair.First)));
            }
        }
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Files))]
    public void AbsorbedAttention_OneStepAtPublishedDimensions_MatchesTheReference(string file)
    {
        using var tensors = new GoldenTensors(file);
        var mla = Description(file).GetProperty("mla");
        int Size(string key) => mla.GetProperty(key).GetInt32();
        var (heads, nope, rope, value, rank, context) = (Size("heads"), Size("nope"), Size("rope"), Size("v"), Size("rank"), Size("context"));
        var scale = mla.GetProperty("softmax_scale").GetSingle();
        var expand = WeightMatrix.FromHalf(heads * (nope + value), rank, WeightFormat.BFloat16, tensors.Halves("mla.kv_b_proj"));
        var (queries, cache, width) = (tensors.Floats("mla.q"), tensors.Floats("mla.cache"), rank + rope);
        var output = new float[heads * value];
        using var team = new CpuTeam(2);
        using var attention = new CpuAttention(team, 1, new AttentionShape(heads, 1, width, rank, ValuesAreKeys: true, scale));
        using var product = new HeadProduct(rank);
        using var paged = new PagedCache(1, width, context, 1, KvCacheType.F32);
        int[] blocks = [.. Enumerable.Range(0, context).Reverse()];
        for (var position = 0; position < context; position++)
        {
            paged.Write(0, 0, blocks, position, cache.AsSpan(position * width, width));
        }

        var batch = new StepBatch(1);
        batch.Add([0], context - 1, blocks, 1);
        attention.Begin(batch);
        for (var head = 0; head < heads; head++)
        {
            var query = queries.AsSpan(head * (nope + rope), nope + rope);
            var first = head * (nope + value);
            product.Absorb(expand, first, first + nope, query, 0, 1, attention.Queries(0, head));
            query[nope..].CopyTo(attention.Query(0, head)[rank..]);
        }

        attention.Run(paged, 0);
        for (var head = 0; head < heads; head++)
        {
            var first = (head * (nope + value)) + nope;
            product.Expand(expand, first, first + value, attention.Results(0, head), 1, output.AsSpan(head * value), value);
        }

        var expected = tensors.Floats("mla.out");
        var largest = expected.Max(MathF.Abs);
        Assert.All(expected.Zip(output), pair => Assert.Equal(pair.First, pair.Second, 1e-5 * largest));
    }

    private static JsonElement Description(string file)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(Path.ChangeExtension(file, ".json")));
        return json.RootElement.Clone();
    }
}
