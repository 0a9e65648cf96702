namespace Gateway.Routing.Difficulty.Learning;

/// <summary>
/// Minimises a smooth convex function with limited-memory BFGS (Liu and Nocedal 1989; Nocedal and Wright, algorithm 7.4) and a
/// backtracking line search.
/// </summary>
internal static class Lbfgs
{
    private const int History = 8;
    private const int MaxHalvings = 30;
    private const double SufficientDecrease = 1e-4;

    /// <param name="objective">Returns the value at a point and writes the gradient there.</param>
    /// <param name="point">The start; holds the minimum afterwards.</param>
    /// <param name="tolerance">Stops when the gradient has fallen to this share of its first norm.</param>
    public static void Minimise(Func<double[], double[], double> objective, double[] point, double tolerance, int maxIterations)
    {
        var gradient = new double[point.Length];
        var next = new double[point.Length];
        var nextGradient = new double[point.Length];
        var direction = new double[point.Length];
        var pairs = new LinkedList<(double[] Step, double[] Change, double Curvature)>();
        double value = objective(point, gradient);
        double goal = tolerance * Norm(gradient);
        for (int iteration = 0; iteration < maxIterations && Norm(gradient) > goal; iteration++)
        {
            FindDirection(gradient, pairs, direction);
            double slope = Dot(gradient, direction);
            double length = iteration == 0 ? Math.Min(1, 1 / Norm(gradient)) : 1;
            double nextValue = Step();
            for (int halving = 0; nextValue > value + (SufficientDecrease * length * slope); halving++)
            {
                if (halving == MaxHalvings)
                {
                    return;
                }

                length /= 2;
                nextValue = Step();
            }

            Remember(pairs, Difference(next, point), Difference(nextGradient, gradient));
            (value, gradient, nextGradient) = (nextValue, nextGradient, gradient);
            next.CopyTo(point, 0);

            double Step()
            {
                for (int i = 0; i < next.Length; i++)
                {
                    next[i] = point[i] + (length * direction[i]);
                }

                return objective(next, nextGradient);
            }
        }
    }

    /// <summary>The two-loop recursion: direction = -H·gradient.</summary>
    private static void FindDirection(
        double[] gradient, LinkedList<(double[] Step, double[] Change, double Curvature)> pairs, double[] direction)
    {
        for (int i = 0; i < direction.Length; i++)
        {
            direction[i] = -gradient[i];
        }

        var weights = new Stack<double>();
        for (var pair = pairs.Last; pair is not null; pair = pair.Previous)
        {
            double weight = Dot(pair.Value.Step, direction) / pair.Value.Curvature;
            weights.Push(weight);
            AddTo(direction, -weight, pair.Value.Change);
        }

        if (pairs.Last is { Value: var last })
        {
            double scale = last.Curvature / Dot(last.Change, last.Change);
            for (int i = 0; i < direction.Length; i++)
            {
                direction[i] *= scale;
            }
        }

        for (var pair = pairs.First; pair is not null; pair = pair.Next)
        {
            double weight = Dot(pair.Value.Change, direction) / pair.Value.Curvature;
            AddTo(direction, weights.Pop() - weight, pair.Value.Step);
        }
    }

    private static void Remember(LinkedList<(double[] Step, double[] Change, double Curvature)> pairs, double[] step, double[] change)
    {
        double curvature = Dot(step, change);
        if (curvature <= 1e-12)
        {
            return;
        }

        pairs.AddLast((step, change, curvature));
        if (pairs.Count > History)
        {
            pairs.RemoveFirst();
        }
    }

    private static double[] Difference(double[] left, double[] right)
    {
        var difference = new double[left.Length];
        for (int i = 0; i < difference.Length; i++)
        {
            difference[i] = left[i] - right[i];
        }

        return difference;
    }

    private static void AddTo(double[] target, double scale, double[] vector)
    {
        for (int i = 0; i < target.Length; i++)
        {
            target[i] += scale * vector[i];
        }
    }

    private static double Norm(double[] vector) => Math.Sqrt(Dot(vector, vector));

    private static double Dot(double[] left, double[] right)
    {
        double sum = 0;
        for (int i = 0; i < left.Length; i++)
        {
            sum += left[i] * right[i];
        }

        return sum;
    }
}
