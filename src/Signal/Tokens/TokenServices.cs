namespace RtcHub.Signal.Tokens;

/// <summary>Hooks keys and tokens into the application.</summary>
internal static class TokenServices
{
    public static IServiceCollection AddTokens(this IServiceCollection services)
    {
        services.AddOptionsWithValidateOnStart<AuthOptions>().BindConfiguration(AuthOptions.Section).ValidateDataAnnotations()
            .Validate(o => o.ApiKeys.All(k => k.Length >= AuthOptions.MinKeyLength), $"Each of Auth:ApiKeys needs at least {AuthOptions.MinKeyLength} characters.")
            .Validate(o => o.TokenLifetime <= o.MaxTokenLifetime, "Auth:TokenLifetime must not be more than Auth:MaxTokenLifetime.");
        services.AddSingleton<JoinToken>();
        services.AddSingleton<ApiKeys>();
        return services;
    }
}
