using System.Globalization;
using System.Text.Json;
using Gateway.Budgets;
using Gateway.Contracts.Errors;
using Gateway.Limits;
using Gateway.Pipeline;
using Gateway.Policies;
using Gateway.Spending;

namespace Gateway.Endpoints;

/// <summary>
/// <c>GET /admin/budgets</c>: how every limit stands. <c>GET /admin/budgets/{id}</c> shows what a limit is, <c>PUT</c> sets a managed one, and
/// <c>DELETE</c> ends it. The <c>ETag</c> of a limit is its revision, and a change names the one that it replaces in <c>If-Match</c>.
/// </summary>
internal static class AdminBudgetsEndpoint
{
    private const string One = "/admin/budgets/{id}";

    public static void MapAdminBudgets(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapMethods("/admin/budgets", ReadMethods.All, http => AnswerAsync(http, ListAsync));
        endpoints.MapMethods(One, ReadMethods.All, http => AnswerAsync(http, ShowAsync));
        endpoints.MapPut(One, http => AnswerAsync(http, SetAsync));
        endpoints.MapDelete(One, http => AnswerAsync(http, DeleteAsync));
    }

    private static async Task AnswerAsync(HttpContext http, Func<HttpContext, Task> answer)
    {
        try
        {
            http.Response.Headers.CacheControl = "no-store";
            await answer(http);
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

    private static async Task ListAsync(HttpContext http)
    {
        var view = Service<LimitAccess>(http).Reader(http);
        var budgets = await Service<BudgetOverview>(http).ReadAsync(http.RequestAborted);
        var seen = budgets.Where(budget => view.Sees(budget.Organization, budget.Scope, budget.ScopeValue)).ToList();
        await http.Response.WriteAsJsonAsync(new BudgetList(seen), BudgetsJson.Readable.BudgetList);
    }

    private static async Task ShowAsync(HttpContext http)
    {
        var view = Service<LimitAccess>(http).Reader(http);
        var limit = Service<PolicyStore>(http).Current.Budgets.Limits.FirstOrDefault(limit => limit.Name == Id(http));
        var managed = Service<ManagedLimits>(http).Find(Id(http));
        if (!view.Sees(limit))
        {
            throw LimitAdministration.NotFound();
        }

        if (managed is { Definition: not null })
        {
            await WriteAsync(http, managed);
        }
        else
        {
            var report = new LimitReport { Id = Id(http), Source = "file", Definition = LimitDefinition.Of(limit ?? throw LimitAdministration.NotFound()) };
            await http.Response.WriteAsJsonAsync(report, LimitsJson.Default.LimitReport);
        }
    }

    private static async Task SetAsync(HttpContext http)
    {
        var actor = Actor(http);
        var definition = await AdminBody.ReadAsync(http);
        var expected = Expected(http);
        var kept = await Service<LimitAdministration>(http).SetAsync(Id(http), definition, expected, actor);

        // Without If-Match it can only be made. A name that was deleted goes on with its revisions.
        http.Response.StatusCode = expected is null ? StatusCodes.Status201Created : StatusCodes.Status200OK;
        await WriteAsync(http, kept);
    }

    private static async Task DeleteAsync(HttpContext http)
    {
        await Service<LimitAdministration>(http).DeleteAsync(Id(http), Expected(http), Actor(http));
        http.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private static Task WriteAsync(HttpContext http, ManagedLimit limit)
    {
        http.Response.Headers.ETag = string.Create(CultureInfo.InvariantCulture, $"\"{limit.Revision}\"");
        var report = new LimitReport
        {
            Id = limit.Id,
            Source = "managed",
            Definition = JsonElement.Parse(limit.Definition!),
            Revision = limit.Revision,
            ChangedAt = limit.ChangedAt,
            ChangedBy = limit.ChangedBy,
            Problem = Service<ManagedLimits>(http).ProblemOf(limit.Id),
        };
        return http.Response.WriteAsJsonAsync(report, LimitsJson.Default.LimitReport);
    }

    /// <exception cref="GatewayException">It is none that this gateway gave.</exception>
    private static long? Expected(HttpContext http)
    {
        var sent = http.Request.Headers.IfMatch;
        if (sent.Count == 0)
        {
            return null;
        }

        return sent is [{ } tag] && long.TryParse(tag.Trim().Trim('"'), NumberStyles.None, CultureInfo.InvariantCulture, out var revision)
            ? revision
            : throw new GatewayException(ErrorCode.CallerInvalidHeader, "If-Match must be the ETag of GET /admin/budgets/{id}, such as \"3\".", "If-Match");
    }

    private static LimitActor Actor(HttpContext http) => new(Service<LimitAccess>(http).Writer(http), http.TraceIdentifier, http.RequestAborted);

    private static T Service<T>(HttpContext http)
        where T : notnull => http.RequestServices.GetRequiredService<T>();

    private static string Id(HttpContext http) => (string)http.Request.RouteValues["id"]!;
}
