namespace Gateway.Engine.Kernels.Cpu.BFloat16Panels;

/// <summary>The products that kernels must give, one by one: what <see cref="BFloat16Order"/> says, and no faster.</summary>
internal static class BFloat16Reference
{
    /// <param name="order">The order of the sum.</param>
    /// <param name="weights">bfloat16 numbers, widened.</param>
    /// <param name="input">As many.</param>
    public static float Product(BFloat16Order order, ReadOnlySpan<float> weights, ReadOnlySpan<float> input)
    {
        var sum = 0f;
        for (var first = 0; first < weights.Length; first += BFloat16Layout.StepColumns)
        {
            var count = Math.Min(BFloat16Layout.StepColumns, weights.Length - first);
            sum = order == BFloat16Order.Pairs
                ? AddPairs(sum, weights.Slice(first, count), input.Slice(first, count))
                : sum + Tile(weights.Slice(first, count), input.Slice(first, count));
        }

        return sum;
    }

    private static float AddPairs(float sum, ReadOnlySpan<float> weights, ReadOnlySpan<float> input)
    {
        for (var i = 0; i < weights.Length; i += 2)
        {
            if (i + 1 < weights.Length)
            {
                sum = MathF.FusedMultiplyAdd(weights[i + 1], input[i + 1], sum);
            }

            sum = MathF.FusedMultiplyAdd(weights[i], input[i], sum);
        }

        return sum;
    }

    private static float Tile(ReadOnlySpan<float> weights, ReadOnlySpan<float> input)
    {
        var (even, odd) = (0f, 0f);
        for (var i = 0; i < weights.Length; i++)
        {
            ref var chain = ref i % 2 == 0 ? ref even : ref odd;
            chain = MathF.FusedMultiplyAdd(weights[i], input[i], chain);
        }

        return even + odd;
    }
}
