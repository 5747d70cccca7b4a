using Microsoft.AspNetCore.Http;
using VmObs.Http;

namespace VmObs.Api;

/// <summary>POST /-/reload: reads the configuration file again, as SIGHUP does.</summary>
/// <param name="reload">Takes the file over; what is wrong with it where it is not taken.</param>
internal sealed class ReloadEndpoint(Func<Task<string?>> reload)
{
    public async Task HandleAsync(HttpContext context)
    {
        if (await reload() is { } wrong)
            await Problem.BadParameter("the configuration file", wrong, "a file without errors; the one before stays in force").WriteAsync(context);
    }
}
