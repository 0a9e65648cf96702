using System.Text.Json;
using Gateway.Engine.Kernels.Cuda;
using Gateway.Engine.Models;
using Gateway.Engine.Models.DeepSeekV2;
using Gateway.Engine.Tests.Kernels.Cuda.Emulation;
using Xunit;

namespace Gateway.Engine.Tests.Kernels.Cuda;

public sealed class RouterKernelsTests
{
    private const float Epsilon = 1e-6f;

    private static readonly RouterRule[] Rules =
    [
        new(64, 6, 2, 1, 1, RouterScoring.Softmax, NormalizeWeights: false, 1),
        new(12, 3, 1, 4, 2, RouterScoring.Softmax, NormalizeWeights: false, 16),
        new(12, 3, 0, 1, 1, RouterScoring.Softmax, NormalizeWeights: true, 1),
        new(40, 5, 1, 8, 4, RouterScoring.Sigmoid, NormalizeWeights: true, 2.5f),
        new(7, 7, 0, 1, 1, RouterScoring.Sigmoid, NormalizeWeights: false, 1),
    ];

    public static TheoryData<int, bool, int> Cases
    {
        get
        {
            var cases = new TheoryData<int, bool, int>();
            for (var rule = 0; rule < Rules.Length; rule++)
            {
                cases.Add(rule, false, 1);
                cases.Add(rule, true, 5);
                cases.Add(rule, rule % 2 == 0, 8);
            }

            return cases;
        }
    }

    public static TheoryData<string> GoldenFiles => [.. Goldens.Files("ops/ops.safetensors")];

    [Theory]
    [MemberData(nameof(Cases))]
    public void NormAndRoute_FewTokens_NormsAndChoosesAsDoubleArithmeticDoes(int ruleIndex, bool isHalf, int tokens)
    {
        var rule = Rules[ruleIndex];
        using var step = new Step(rule, isHalf ? ElementType.BFloat16 : ElementType.Float32, tokens, hiddenSize: 150 + ruleIndex);
        var (normed, experts, weights) = step.NormAndRoute(paddedToken: -1);
        var expected = Enumerable.Range(0, tokens).Select(step.Normed).ToArray();
        Assert.All(expected.SelectMany(row => row).Zip(normed), pair => Assert.Equal(pair.First, pair.Second, Math.Abs(pair.First) * (isHalf ? 4e-3 : 1e-6)));
        for (var token = 0; token < tokens; token++)
        {
            // From the normed values that the kernel rounded, so that a last bit there does not matter here.
            var logits = step.Logits(normed.AsSpan(token * step.HiddenSize, step.HiddenSize));
            AssertChoice(rule, logits, step.Bias, Row(experts, token, rule), Row(weights, token, rule));
        }
    }

    [Fact]
    public void NormAndRoute_Again_GivesTheSameBits()
    {
        using var step = new Step(Rules[3], ElementType.BFloat16, 4, 264);
        var first = step.NormAndRoute(paddedToken: -1);
        var second = step.NormAndRoute(paddedToken: -1);
        Assert.Equal(first.Experts, second.Experts);
        Assert.Equal(first.Weights, second.Weights);
        Assert.Equal(first.Normed, second.Normed);
    }

    [Theory]
    [InlineData(false, 3)]
    [InlineData(true, 11)]
    public void Route_PaddedToken_HasNoExpertsAndDisturbsNobody(bool isHalf, int tokens)
    {
        using var step = new Step(Rules[0], isHalf ? ElementType.BFloat16 : ElementType.Float32, tokens, 64);
        var plain = tokens <= RouterKernels.MaxFewTokens ? step.NormAndRoute(paddedToken: -1) : step.Route(paddedToken: -1);
        var padded = tokens <= RouterKernels.MaxFewTokens ? step.NormAndRoute(paddedToken: 1) : step.Route(paddedToken: 1);
        for (var token = 0; token < tokens; token++)
        {
            if (token == 1)
            {
                Assert.All(Row(padded.Experts, token, Rules[0]), expert => Assert.Equal(-1, expert));
                Assert.All(Row(padded.Weights, token, Rules[0]), weight => Assert.Equal(0, weight));
            }
            else
            {
                Assert.Equal(Row(plain.Experts, token, Rules[0]), Row(padded.Experts, token, Rules[0]));
                Assert.Equal(Row(plain.Weights, token, Rules[0]), Row(padded.Weights, token, Rules[0]));
            }
        }

        if (tokens <= RouterKernels.MaxFewTokens)
        {
            Assert.All(padded.Normed.AsSpan(64, 64).ToArray(), value => Assert.Equal(0, value));
        }
    }

    [Theory]
    [InlineData(0, false, 9)]
    [InlineData(1, true, 30)]
    [InlineData(3, true, 17)]
    [InlineData(4, false, 10)]
    public void Route_ManyTokens_ChoosesAsDoubleArithmeticDoes(int ruleIndex, bool isHalf, int tokens)
    {
        var rule = Rules[ruleIndex];
        using var step = new Step(rule, isHalf ? ElementType.BFloat16 : ElementType.Float32, tokens, hiddenSize: 130);
        var (normed, experts, weights) = step.Route(paddedToken: -1);
        for (var token = 0; token < tokens; token++)
        {
            var logits = step.Logits(normed.AsSpan(token * step.HiddenSize, step.HiddenSize));
            AssertChoice(rule, logits, step.Bias, Row(experts, token, rule), Row(weights, token, rule));
        }
    }

    [Theory]
    [InlineData(nameof(RouterScoring.Softmax))]
    [InlineData(nameof(RouterScoring.Sigmoid))]
    public void Choose_AllEqual_TakesTheLowestIndices(string scoring)
    {
        var rule = new RouterRule(96, 4, 1, 8, 2, Enum.Parse<RouterScoring>(scoring), NormalizeWeights: true, 1);
        var (experts, weights) = Choose(rule, new float[96], new float[96]);
        Assert.Equal([0, 1, 2, 3, 96], experts);
        Assert.All(weights[..4], weight => Assert.Equal(0.25f, weight, 1e-6f));
        Assert.Equal(1, weights[4]);
    }

    [Fact]
    public void Choose_NegativeChoice_StillStaysInsideTheGroups()
    {
        // The bias makes every choice negative: outside the best group would win if it were masked by 0.
        var rule = new RouterRule(8, 2, 0, 4, 1, RouterScoring.Sigmoid, NormalizeWeights: false, 1);
        var (experts, weights) = Choose(rule, [0, 0, 0, 0, 1, 1, 0, 0], [-3, -3, -3, -3, -3, -3, -3, -3]);
        Assert.Equal([4, 5], experts);
        Assert.All(weights, weight => Assert.Equal(1 / (1 + Math.Exp(-1)), weight, 1e-6));
    }

    [Theory]
    [InlineData(nameof(RouterScoring.Softmax))]
    [InlineData(nameof(RouterScoring.Sigmoid))]
    public void Choose_NotNumbers_TakesDifferentExpertsThatExist(string scoring)
    {
        var rule = new RouterRule(16, 3, 0, 4, 2, Enum.Parse<RouterScoring>(scoring), NormalizeWeights: false, 1);
        var (experts, _) = Choose(rule, [.. Enumerable.Repeat(float.NaN, 16)], null);
        Assert.Equal(3, experts.Distinct().Count());
        Assert.All(experts, expert => Assert.InRange(expert, 0, 15));
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(GoldenFiles))]
    public void Choose_PublishedRouters_MatchTheReferenceTiesIncluded(string file)
    {
        using var tensors = new GoldenTensors(file);
        using var json = JsonDocument.Parse(File.ReadAllBytes(Path.ChangeExtension(file, ".json")));
        foreach (var router in json.RootElement.GetProperty("routers").EnumerateObject())
        {
            int Integer(string key) => router.Value.GetProperty(key).GetInt32();
            var isSigmoid = router.Value.GetProperty("scoring_func").GetString() == "sigmoid";
            var k = Integer("num_experts_per_tok");
            var rule = new RouterRule(
                Integer("n_routed_experts"), k, 0, Integer("n_group"), Integer("topk_group"),
                isSigmoid ? RouterScoring.Sigmoid : RouterScoring.Softmax,
                router.Value.GetProperty("norm_topk_prob").GetBoolean(),
                router.Value.GetProperty("routed_scaling_factor").GetSingle());
            var (experts, weights) = Choose(
                rule,
                tensors.Floats($"router.{router.Name}.logits"),
                isSigmoid ? tensors.Floats($"router.{router.Name}.bias") : null);
            var expectedExperts = tensors.Integers($"router.{router.Name}.experts").Chunk(k).ToArray();
            var expectedWeights = tensors.Floats($"router.{router.Name}.weights").Chunk(k).ToArray();
            for (var row = 0; row < expectedExperts.Length; row++)
            {
                Array.Sort(expectedExperts[row], expectedWeights[row]);
                Assert.Equal(expectedExperts[row], Row(experts, row, rule));
                Assert.All(
                    expectedWeights[row].Zip(Row(weights, row, rule)),
                    pair => Assert.Equal(pair.First, pair.Second, 1e-5 * Math.Max(1, pair.First)));
            }
        }
    }

    private static T[] Row<T>(T[] values, int token, RouterRule rule) => values[(token * rule.Choices)..((token + 1) * rule.Choices)];

    private static (int[] Experts, float[] Weights) Choose(RouterRule rule, float[] logits, float[]? bias)
    {
        var tokens = logits.Length / rule.Experts;
        using var gpu = new EmulatedGpu();
        using var kernels = new RouterKernels(gpu, ElementType.Float32);
        using var logitBuffer = gpu.ToDevice<float>(logits);
        using var biasBuffer = gpu.ToDevice<float>(bias ?? []);
        using var experts = gpu.Allocate(tokens * rule.Choices * sizeof(int));
        using var weights = gpu.Allocate(tokens * rule.Choices * sizeof(float));
        kernels.Choose(
            rule, logitBuffer.Pointer, bias is null ? default : biasBuffer.Pointer, default,
            new ExpertChoices(experts.Pointer, weights.Pointer, tokens, rule.Choices));
        return (gpu.ToHost<int>(experts, tokens * rule.Choices), gpu.ToHost<float>(weights, tokens * rule.Choices));
    }

    private static void AssertChoice(RouterRule rule, double[] logits, float[]? bias, int[] experts, float[] weights)
    {
        var (expectedExperts, expectedWeights) = rule.Scoring == RouterScoring.Softmax ? ChooseAsCpu(rule, logits) : ChooseAsV3(rule, logits, bias!);
        expectedExperts = [.. expectedExperts, .. Enumerable.Range(rule.Experts, rule.SharedExperts)];
        expectedWeights = [.. expectedWeights, .. Enumerable.Repeat(1f, rule.SharedExperts)];
        Assert.Equal(expectedExperts, experts);
        Assert.All(expectedWeights.Zip(weights), pair => Assert.Equal(pair.First, pair.Second, 1e-5 * pair.First));
    }

    private static (int[] Experts, float[] Weights) ChooseAsCpu(RouterRule rule, double[] logits)
    {
        var config = new MixtureConfig(
            ExpertScoring.Softmax, 1, rule.Experts, rule.SharedExperts, rule.ExpertsPerToken, rule.Groups, rule.GroupsPerToken, rule.NormalizeWeights,
            rule.ScalingFactor);
        var (experts, weights) = (new int[rule.ExpertsPerToken], new float[rule.ExpertsPerToken]);
        ExpertRouter.Route(config, [.. logits.Select(logit => (float)logit)], experts, weights);
        return (experts, weights);
    }

    private static (int[] Experts, float[] Weights) ChooseAsV3(RouterRule rule, double[] logits, float[] bias)
    {
        var size = rule.Experts / rule.Groups;
        var scores = logits.Select(logit => 1 / (1 + Math.Exp(-logit))).ToArray();
        var choice = scores.Select((score, i) => score + bias[i]).ToArray();
        var groups = Enumerable.Range(0, rule.Groups)
            .OrderByDescending(group => choice.AsSpan(group * size, size).ToArray().OrderDescending().Take(2).Sum())
            .Take(rule.GroupsPerToken)
            .ToHashSet();
        var experts = Enumerable.Range(0, rule.Experts)
            .Where(expert => rule.Groups == 1 || groups.Contains(expert / size))
            .OrderByDescending(expert => choice[expert])
            .Take(rule.ExpertsPerToken)
            .Order()
            .ToArray();
        var factor = rule.ScalingFactor / (rule.NormalizeWeights ? experts.Sum(expert => scores[expert]) + 1e-20 : 1);
        return (experts, [.. experts.Select(expert => (float)(scores[expert] * factor))]);
    }

    /// <summary>A router with weights, and tokens for it.</summary>
    private sealed class Step : IDisposable
    {
        private readonly EmulatedGpu _gpu = new();
        private readonly RouterKernels _kernels;
        private readonly RouterRule _rule;
        private readonly ElementType _type;
        private readonly int _tokens;
        private readonly float[] _hidden;
        private readonly float[] _norm;
        private readonly float[] _weights;

        public Step(RouterRule rule, ElementType type, int tokens, int hiddenSize)
        {
            (_rule, _type, _tokens, HiddenSize) = (rule, type, tokens, hiddenSize);
            _kernels = new RouterKernels(_gpu, type);
            var random = new Random(hiddenSize);
            _hidden = Numbers(random, tokens * hiddenSize, 3);
            _norm = Numbers(random, hiddenSize, 1);
            _weights = Numbers(random, rule.Experts * hiddenSize, 0.3f);
            Bias = rule.Scoring == RouterScoring.Sigmoid ? Numbers(random, rule.Experts, 0.2f) : null;
        }

        public int HiddenSize { get; }

        public float[]? Bias { get; }

        public double[] Normed(int token)
        {
            var row = _hidden.AsSpan(token * HiddenSize, HiddenSize).ToArray();
            var inverse = 1 / Math.Sqrt(row.Average(value => (double)value * value) + Epsilon);
            return [.. row.Select((value, i) => value * inverse * _norm[i])];
        }

        public double[] Logits(ReadOnlySpan<float> normed)
        {
            var logits = new double[_rule.Experts];
            for (var i = 0; i < _weights.Length; i++)
            {
                logits[i / HiddenSize] += (double)_weights[i] * normed[i % HiddenSize];
            }

            return logits;
        }

        public (float[] Normed, int[] Experts, float[] Weights) NormAndRoute(int paddedToken) => Run(paddedToken, isFew: true);

        public (float[] Normed, int[] Experts, float[] Weights) Route(int paddedToken) => Run(paddedToken, isFew: false);

        public void Dispose()
        {
            _kernels.Dispose();
            _gpu.Dispose();
        }

        private static float[] Numbers(Random random, int count, float scale) =>
            [.. Enumerable.Range(0, count).Select(_ => ((random.NextSingle() * 2) - 1) * scale)];

        private (float[] Normed, int[] Experts, float[] Weights) Run(int paddedToken, bool isFew)
        {
            using var hidden = _gpu.ToDevice<float>(_hidden);
            using var norm = _gpu.ToDevice<float>(_norm);
            using var weights = _gpu.ToDevice<float>(_weights);
            using var bias = _gpu.ToDevice<float>(Bias ?? []);
            using var slots = _gpu.ToDevice<int>([.. Enumerable.Range(0, _tokens).Select(token => token == paddedToken ? -1 : token)]);
            using var logits = _gpu.Allocate(_tokens * _rule.Experts * sizeof(float));
            using var normed = isFew
                ? _gpu.Allocate(_type, _tokens * HiddenSize)
                : _gpu.ToDevice(_type, [.. Enumerable.Range(0, _tokens).SelectMany(Normed).Select(value => (float)value)]);
            using var experts = _gpu.Allocate(_tokens * _rule.Choices * sizeof(int));
            using var factors = _gpu.Allocate(_tokens * _rule.Choices * sizeof(float));
            var choices = new ExpertChoices(experts.Pointer, factors.Pointer, _tokens, _rule.Choices);
            var biasPointer = Bias is null ? default : bias.Pointer;
            var slotPointer = paddedToken < 0 ? default : slots.Pointer;
            if (isFew)
            {
                _kernels.NormAndRoute(
                    _rule, hidden.Pointer, norm.Pointer, Epsilon, weights.Pointer, biasPointer, slotPointer, HiddenSize, logits.Pointer,
                    normed.Pointer, choices);
            }
            else
            {
                _kernels.Route(_rule, normed.Pointer, weights.Pointer, biasPointer, slotPointer, HiddenSize, logits.Pointer, choices);
            }

            return (
                _gpu.ToHost(_type, normed, _tokens * HiddenSize),
                _gpu.ToHost<int>(experts, _tokens * _rule.Choices),
                _gpu.ToHost<float>(factors, _tokens * _rule.Choices));
        }
    }
}
