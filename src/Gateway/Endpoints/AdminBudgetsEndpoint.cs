using Gateway.Budgets;
using Gateway.Contracts.Errors;
using Gateway.Pipeline;
using Gateway.Spending;

namespace Gateway.Endpoints;

/// <summary><c>GET /admin/budgets</c>: how every limit stands.</summary>
internal static class AdminBudgetsEndpoint
{
    public static void MapAdminBudgets(this IEndpointRouteBuilder endpoints) => endpoints.MapMethods("/admin/budgets", ReadMethods.All, AnswerAsync);

    private static async Task AnswerAsync(HttpContext http)
    {
        try
        {
            http.RequestServices.GetRequiredService<AdminAccess>().Check(http);
            var budgets = await http.RequestServices.GetRequiredService<BudgetOverview>().ReadAsync(http.RequestAborted);
            await http.Response.WriteAsJsonAsync(new BudgetList(budgets), BudgetsJson.Readable.BudgetList);
        }
        catch (GatewayException exception)
        {
            await ErrorAnswer.WriteAsync(http, exception.Error);
        }
        catch (BudgetStoreException exception)
        {
            var error = new GatewayError(
                ErrorCode.PolicyBudgetUnavailable, $"How budgets stand cannot be read: {exception.Message}.", RetryAfter: TimeSpan.FromSeconds(1));
            await ErrorAnswer.WriteAsync(http, error);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // Nobody is left to be told.
        }
    }
}
