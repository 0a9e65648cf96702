using Gateway.Routing;

namespace Gateway.Benchmarks.TokenFit;

/// <summary>
/// Least squares of the relative error, with a floor under every coefficient. Samples that fit badly lose weight from round to round, so
/// that tables of hex digits do not pull at the price of words.
/// </summary>
internal static class Fit
{
    /// <summary>Nothing is free, or a prompt of nothing else would count as empty.</summary>
    private const double Floor = 0.02;

    /// <summary>Less than the letters of a word cost in any case.</summary>
    private const double FloorOfVietnamese = -0.4;

    private const double Ridge = 1e-3;
    private const double SmallError = 0.05;
    private const int Rounds = 4;
    private const int Sweeps = 5000;

    /// <param name="rows">The counts of each sample.</param>
    /// <param name="tokens">What they add up to; above 0.</param>
    /// <param name="weights">How much each sample counts.</param>
    public static double[] Solve(IReadOnlyList<int[]> rows, IReadOnlyList<int> tokens, IReadOnlyList<double> weights)
    {
        double[] solution = [];
        for (int round = 0; round < Rounds; round++)
        {
            var current = solution;
            solution = SolveOnce(rows, tokens, i =>
            {
                double error = current.Length == 0 ? SmallError : Math.Abs((Predict(rows[i], current) / tokens[i]) - 1);
                return weights[i] / Math.Max(SmallError, error) / ((double)tokens[i] * tokens[i]);
            });
        }

        return solution;
    }

    public static double Predict(int[] row, double[] coefficients) => row.Zip(coefficients, (count, coefficient) => count * coefficient).Sum();

    private static double[] SolveOnce(IReadOnlyList<int[]> rows, IReadOnlyList<int> tokens, Func<int, double> weight)
    {
        int size = rows[0].Length;
        var products = new double[size, size];
        var targets = new double[size];
        for (int r = 0; r < rows.Count; r++)
        {
            double w = weight(r);
            for (int i = 0; i < size; i++)
            {
                targets[i] += w * rows[r][i] * tokens[r];
                for (int j = 0; j < size; j++)
                {
                    products[i, j] += w * rows[r][i] * rows[r][j];
                }
            }
        }

        for (int i = 0; i < size; i++)
        {
            products[i, i] = (products[i, i] * (1 + Ridge)) + 1e-9;
        }

        return Descend(products, targets);
    }

    /// <summary>One coordinate after the other, each put to its best value above the floor.</summary>
    private static double[] Descend(double[,] products, double[] targets)
    {
        var solution = new double[targets.Length];
        for (int sweep = 0; sweep < Sweeps; sweep++)
        {
            for (int i = 0; i < solution.Length; i++)
            {
                double gradient = targets[i];
                for (int j = 0; j < solution.Length; j++)
                {
                    gradient -= products[i, j] * solution[j];
                }

                solution[i] = Math.Max(i == (int)TextFeature.Vietnamese ? FloorOfVietnamese : Floor, solution[i] + (gradient / products[i, i]));
            }
        }

        return solution;
    }
}
