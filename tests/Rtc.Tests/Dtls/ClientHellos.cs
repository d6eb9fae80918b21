namespace RtcHub.Rtc.Tests.Dtls;

/// <summary>
/// What browsers of November 2026 send first, as it was on the wire: DTLS 1.3 with 1.2 to fall back to, and a post-quantum key share that
/// makes the hello longer than a datagram, so that it comes in two fragments.
/// </summary>
internal static class ClientHellos
{
    public static IEnumerable<TheoryDataRow<string, byte[][]>> All => [new("Chromium 156", Chromium156), new("Firefox 153 ESR", Firefox153)];

    public static byte[][] Chromium156 { get; } =
        [
            Convert.FromBase64String(
                "Fv7/AAAAAAAAAAAEowEABYUAAAAAAAAEl/79zRoPlacG7G4oWxPsufb0gwqokvjQsH+a8nBShFyl4w8AAAAcEwETAhMDwCvAL8ypzKjACcATwArAFACcAC8ANQEABT8ACw" +
                "ACAQAAMwTqBOgR7ATAdHkijhOcOPte4FB6vJlPaJtV/Pejf+c/24KWcYZ4BuRkUhF4noe39QqMT/oLineGLNi0wbgP4olaQHejdstpYVSPMDVN6MxMVqArOcppTTyTOAFX" +
                "fDmJO4w4e2OqvLSOZVxBLtt01CwpskILv/YKaoKLAuxSpSNhgSi8TUKXpcO/b6kr36cdZnFiIAkZNVmWbgEvuIycKioWO5YcAtzFHoIxFQWu3EGCXbhedqGU5iU1QRFMmJ" +
                "mZlGifVzykEuWGoZkcpDgPiJMQJdRZ58PPZtVO1uKuOUN3QtGWuaOR6yqYEtsRpfMHmfxcV+aQwGKYTjgWCfLNiOd7pLuopad850IwYMM8ehgtMEGaR5RV5lEX0VuoCycK" +
                "22uKNox83RoKNINtJtsoi1QjpjfJEDeAq1Nx6eM24GmPJ4AqUwDNX1N0mTEhc5hV2ACbYGco9WYoL8F9oooN96B7bEqBKhfPyqeEG1tMZGgqoFMHqtOuDTKOMrhmK4twq9" +
                "ARdKfMZCHEZTVAIrODf5qOmlVqHeocJpKQLBUyHugGszhyajBGY+SWHeiYR+l66Ilm2ZxPLihxdCkgrll8WinCESDPwgayOaMNLNest5FaaiBGOgU7AewfAEMoKEkGxMAN" +
                "TyRMv4zGQmJYUdVlYKGAXKVcVdUbzxAud8Af3QlUo5CLC1zPwLsHV+yJe5VN6OzK6mQXikRymfYdpta2BiVSjTyemUuF8pZmHrkeJEW6zroKTcCCyllJD1xhnXBueqUuMJ" +
                "hMYmc/sCYkT5egHkiEl+BGodE8hwMEQYW4WLtMLjupyYMajdtCIDdf4XfAS7RVUjJYOhubx2IpLNp454ySoiGY38OPGbl1YsMWT2BIhPSmeAvOdtNy7mSSqIyPx6Sz7Ssd" +
                "OUI7wwGDSqavgFqknkrKqKSD+tmrQ4U1ZGU7q5jJurQhUHqnObxb/7U5M3ajD2AHO3xFKzKhm3prB1hvmje/+GHNuEAVXpNlGmxH8RTLT8OcnIEHqLAiuit/Tbe6nHOpZP" +
                "lKi6M0Q3GWi4Yib/vPQhKmGtxg+yy5O6caCaOG3ih+JjW9qmgY8COcc9KFTINx7SIup5umnWKu51COGLi3F/YAkjTNJpJ032q+4rBxZlrDJOvKvMIwvpROQbFRPKIVw/gR" +
                "pet7BDoMTpJmfpcTMyAOMLQxrfZBCWEyiVRfUUAclvyX5mQL2QRBfOQRHRI0rnIekAJSiAlUfOUIgdZmbfcN85Eg8XwoMAoUKIYk9WBtIwRF5LucxnG6ZlZThWqP/FGs9f" +
                "QmRQAx+4uJCZoIAik88tG0mLnGN1ovdPK2vTtlToE0sUtHcOGmLwqMO0GeBcxNdmczYSLKPiGjfLpDOvcGXImHcHs3LhIuhUlsK5NCPkO/Qnhw8cuT3pRHHIsY1cdwY5CG" +
                "czZAewgPKvPGH0MAimMWwouSynONrQsxrhouxrar"),
            Convert.FromBase64String(
                "Fv7/AAAAAAAAAAEA+gEABYUAAAAElwAA7sgsf4dktXLwfrkQyP+TuXZXA+LAWisVqqCXGtsgVb2pCwgZeCRpLH7ssaBHpJqHgC3nWS6FH8QLYV3cryZTECfiIAHJccZDDm" +
                "1UzHM6F7vJnXjXauFw8NsP8EIZuxOUymalpSh2Lf1ptxra5bNzz/Zfif2JoMDDhvAEqCBdLCoAHQAgDOfvr6tMdxLRfsBjTch2Bmt6JpNc0sj9PjjI8O83BBsAFwAAAAoA" +
                "CgAIEewAHQAXABgADQAUABIEAwgEBAEFAwgFBQEIBgYBAgH/AQABAAAtAAIBAQArAAUE/vz+/QAOAAkABgABAAgABwA="),
        ];

    public static byte[][] Firefox153 { get; } =
        [
            Convert.FromBase64String(
                "Fv7/AAAAAAAAAAAFcwEABbUAAAAAAAAFZ/79T9rC/j0je3NUwi3pShKf+EgeDSpvhkV1r33WuBQAdr8AAAAUEwETA8ArwC/MqcyowArACcATwBQBAAV3ABcAAP8BAAEAAA" +
                "oADgAMEewAHQAXABgBAAEBAAsAAgEAABAAEgAQBndlYnJ0YwhjLXdlYnJ0YwAiAAoACAQDBQMGAwIDADME6gToEewEwO2ajOPLT+Z5slxlRspgdZ6aLGI1jsdcdIccX2Ew" +
                "svBLi9HZBHD0cn5WHvPcvyWlbAyqwiBkpckmftiyZM3sUCxWGHgQJw9WchaYx5daHUZMvmTXyriLTNBapOS4X+Qsuow6ibirHyXHMhfaq4Z1oIS1JKhmVykCY3arh/5sEt" +
                "b7BD8CgCpLiPLAXqjiLAFKm9s2MVUahj5QGUxKzRLTfJfIUaV4LrWIiiTDso4TsN7hqx8Gt9eAYVygRZI6bDwMWXGhaTfiBPhHWgTremiKF4szdWEoKfeJz+t6pH1Yry94" +
                "UNHSYEOqnj9Ql4rXgABzRIkwn6iBdqOpzyt6HbbqTFRoYq4HMMggtsCXTWVqG+5pGqJmqQDDEmxzWoK0cufhh7NrmwlGuNzKYFfFIb08F65WxwJcLoBQmD42Ff/Qjy+MfV" +
                "xLUPilAuLamGDsecLxrpsWm0/1q168xSKhp38RjYQZgMRxGPPBnSW6HaNCyhkYpQGlBmJLh1Qaxr6LbdQ7ipIFStkJfc+2Teasz2IIgS6jnJLTehPXJKxYSlSGbO31lVU5" +
                "MJMXbQAyo8qQBpCguGYwLO+KswEUYdjSX/UTWRtZkq8ba0hcsuzXyxT7wsHYHSpIdC3mlSd3m96IcA42AWuld9dplwG0Cnpwe9+mEXCclbFlU+QDpTnVHhwCA1wLX98BGf" +
                "pQUEo2waoCLv6EiEkkNyxMeVCQCrtZqJDqzvHgM94oCc/FWcxZoqgZY3uWNUCjpd+5EVaLofqWRchzuYXnfLg8NpPDdTMKqGOKDrrSMQc6slBQx+WqGvO2U8f3VEIgmCK7" +
                "S4IMvsylsdAEf3QIm3ZsHzTDL4dUUpY4ne56FJBMykIJPyz7XRzTlhoop8dQrHYiOGU2oaEgspaynxJBDOY0FEdgHhOCRiFpuHWFSiWzME/hTYOxXBwCMcgRiKPzMwrmZA" +
                "NkN2icpogKf0wnQqs2ughqJ/hGDk2YCV1LOVexN93VsuBriIdictd2pKj0QXVjMs4VKH9Wo6RCp3FDdeYmJzo4Re8IYnNQEqxJNCzCQzp6F/A1T6VraZlnWjcZpv4rQGrL" +
                "pMeQGi6Sc7YLXmYlxVoMnCZpndA0S2kbSVqrEEa2wLtAhAMSFoeUaIB3F1i0JAwGSuIGN8BFhlIlr8NxOwqQo7ORzaPnEM7YHW0KyYHCBfAKfeo3Ea87SuMRh7R6ADQbPN" +
                "FWRZtWpAbDwz9AsVwjYRA1QQSDDp/7ZSdSjah3h285QkZAUBpoENICbCVVaXcKn9kGCE+6DnwbOTAzYRujsFOzF9KXpQbJUGCRskXqQkonz/7rPXCwWpTiJnT6Pgo1todG" +
                "F4+lcD4nm3bXAMrKch7rLmSXVq+GBEtzCc1kx3oQpINqvdAGm/ThkOp3VtiXhGfMmQmCh38pHJazJMDhVItAjAuYJk70g/xzB6u7bRzBUCP0T6+IrWWWW5TBMC2wxg1KK1" +
                "n3JvYThBM7agSTHgy1PpdxBG1mCRSCpUC3ur8RyZsRpRegbprsnw/3B+lwI0aVqB5iAyy31eXqZ656Fa554m1tQqlg8cGaHO4DUDuFVLOtG3r1ykP5Z6goCnbdIVYqQKoy" +
                "QGOiztGkX86JiwldjYoQTBAAHQAgykP5Z6goCnbdIVYqQKoyQGOiztGkXw=="),
            Convert.FromBase64String(
                "Fv7/AAAAAAAAAAEAWgEABbUAAAAFZwAATs6JiwldjYoQTBAAKwAHBv78/v0DAwANACAAHgQDBQMGAwIDCAQIBQgGBAEFAQYBAgEEAgUCBgICAgAcAAJAAQAOAAsACAAHAA" +
                "gAAQACAA=="),
        ];
}
