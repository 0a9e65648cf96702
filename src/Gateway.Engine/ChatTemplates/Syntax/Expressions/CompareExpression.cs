using Gateway.Engine.ChatTemplates.Runtime;
using Gateway.Engine.ChatTemplates.Values;

namespace Gateway.Engine.ChatTemplates.Syntax.Expressions;

/// <summary><c>a &lt; b &lt;= c</c>: every neighbouring pair has to compare true; no operand is evaluated twice.</summary>
internal sealed class CompareExpression(int line, Expression first, IReadOnlyList<(string Symbol, Expression Operand)> rest)
    : Expression(line)
{
    protected override Value EvaluateCore(RenderContext context)
    {
        var left = first.Evaluate(context);
        foreach (var (symbol, operand) in rest)
        {
            var right = operand.Evaluate(context);
            context.Line = Line;
            if (!Holds(symbol, left, right, context.Budget))
            {
                return BoolValue.False;
            }

            left = right;
        }

        return BoolValue.True;
    }

    private static bool Holds(string symbol, Value left, Value right, RenderBudget budget) => symbol switch
    {
        "==" => Comparison.AreEqual(left, right, budget),
        "!=" => !Comparison.AreEqual(left, right, budget),
        "in" => Comparison.Contains(right, left, budget),
        "not in" => !Comparison.Contains(right, left, budget),
        "<" => Comparison.Order(left, right, budget) < 0,
        "<=" => Comparison.Order(left, right, budget) <= 0,
        ">" => Comparison.Order(left, right, budget) > 0,
        _ => Comparison.Order(left, right, budget) >= 0,
    };
}
