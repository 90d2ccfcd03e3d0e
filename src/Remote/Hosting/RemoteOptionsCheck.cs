using Microsoft.Extensions.Options;

namespace Remote;

/// <summary>Lets a host report invalid options when it starts, all at once.</summary>
internal sealed class RemoteOptionsCheck : IValidateOptions<RemoteOptions>
{
    public ValidateOptionsResult Validate(string? name, RemoteOptions options)
    {
        var faults = RemoteOptionsValidator.Validate(options);
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
