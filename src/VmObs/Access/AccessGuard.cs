using Microsoft.AspNetCore.Http;
using VmObs.Http;
using VmObs.Ingest;

namespace VmObs.Access;

/// <summary>Lets requests through whose token allows what their route wants. Stands behind routing.</summary>
internal sealed class AccessGuard(RequestDelegate next, TokenBook tokens)
{
    public Task InvokeAsync(HttpContext context)
    {
        // A path that nothing answers says so to everybody; a route that forgot to say what it wants is for nobody without a token.
        if (context.GetEndpoint() is not { } endpoint)
            return next(context);
        var route = endpoint.Metadata.GetMetadata<RouteAccess>() ?? new RouteAccess(AccessScopes.None);
        if (route.Scopes is not { } wanted)
            return next(context);
        if (tokens.Find(context.Request.Headers.Authorization) is not { } token)
            return RefuseAsync(context, route, Problem.Unauthorized(context.Request.Headers.Authorization.Count > 0), "no valid token");
        if ((token.Scopes & wanted) != wanted)
            return RefuseAsync(context, route, Problem.Forbidden(token.Did, wanted.ToString().ToLowerInvariant()), "a token without the scope");
        context.Features.Set(token.Sender);
        return next(context);
    }

    private static Task RefuseAsync(HttpContext context, RouteAccess route, Problem problem, string why)
    {
        route.Intake?.Refuse(IntakeOutcome.Forbidden, why, Senders.Of(context, "access"));
        if (problem.Status == StatusCodes.Status401Unauthorized)
            context.Response.Headers.WWWAuthenticate = "Bearer realm=\"vm-obs\"";
        var code = problem.Status == StatusCodes.Status401Unauthorized ? GrpcStatus.Unauthenticated : GrpcStatus.PermissionDenied;
        return route.Form switch
        {
            RefusalForm.Grpc => OtlpGrpcEndpoint.RefuseAsync(context.Response, code, problem.ToString()),
            RefusalForm.OtlpHttp => OtlpHttpEndpoint.RefuseAsync(context, problem.Status, code, problem.ToString()),
            _ => problem.WriteAsync(context),
        };
    }
}
