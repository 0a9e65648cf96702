namespace Gateway.Routing.Difficulty.Learning;

/// <summary>
/// Logistic regression with an L2 penalty: minimises ½‖w‖² + C·Σ ln(1 + exp(-y·w·x)). The last <c>free</c> columns (intercepts) are not
/// penalised.
/// </summary>
internal static class LogisticRegression
{
    private const double Tolerance = 1e-3;
    private const int MaxIterations = 200;

    /// <param name="rows">One row per example.</param>
    /// <param name="selection">The rows to fit; none leaves every weight 0.</param>
    /// <param name="labels">By row.</param>
    /// <param name="inverseRegularisation">C, above 0: larger trusts the examples more.</param>
    /// <param name="free">The count of columns at the end without penalty.</param>
    /// <returns>A weight per column.</returns>
    public static double[] Fit(
        SparseRows rows, int[] selection, bool[] labels, double inverseRegularisation, int free, CancellationToken cancellationToken)
    {
        var weights = new double[rows.Columns];
        Lbfgs.Minimise(Objective, weights, Tolerance, MaxIterations);
        return weights;

        double Objective(double[] point, double[] gradient)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int penalised = point.Length - free;
            double value = 0;
            for (int i = 0; i < point.Length; i++)
            {
                gradient[i] = i < penalised ? point[i] : 0;
                value += i < penalised ? 0.5 * point[i] * point[i] : 0;
            }

            foreach (int row in selection)
            {
                double logOdds = rows.Dot(row, point);
                double margin = labels[row] ? logOdds : -logOdds;
                value += inverseRegularisation * Logistic.Loss(margin);
                double residual = Logistic.Probability(logOdds) - (labels[row] ? 1 : 0);
                rows.AddTo(row, inverseRegularisation * residual, gradient);
            }

            return value;
        }
    }
}
