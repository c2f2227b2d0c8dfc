package market

import (
	"net/url"
	"strings"
)

// Courier is a parcel service. A shipment's carrier may be its code or one of its names. TrackingURL with the tracking
// number appended is the address of a parcel's progress.
type Courier struct {
	Code        string `json:"code"`
	Name        string `json:"name"`
	EnglishName string `json:"englishName"`
	TrackingURL string `json:"trackingUrl"`
}

// Couriers are the couriers that deliver within Korea, the most used first.
var Couriers = []Courier{
	{"CJ", "CJ대한통운", "CJ Logistics", "https://trace.cjlogistics.com/next/tracking.html?wblNo="},
	{"POST", "우체국택배", "Korea Post", "https://service.epost.go.kr/trace.RetrieveDomRigiTraceList.comm?sid1="},
	{"HANJIN", "한진택배", "Hanjin", "https://www.hanjin.com/kor/CMS/DeliveryMgr/WaybillResult.do?mCode=MN038&schLang=KR&wblnumText2="},
	{"LOTTE", "롯데택배", "Lotte", "https://www.lotteglogis.com/home/reservation/tracking/linkView?InvNo="},
	{"LOGEN", "로젠택배", "Logen", "https://www.ilogen.com/web/personal/trace/"},
	{"KDEXP", "경동택배", "Kyungdong", "https://kdexp.com/service/delivery/etc/delivery.do?barcode="},
	{"DAESIN", "대신택배", "Daesin", "https://www.ds3211.co.kr/freight/internalFreightSearch.ht?billno="},
	{"CHUNIL", "천일택배", "Chunil", "https://www.chunil.co.kr/HTrace/HTrace.jsp?transNo="},
	{"GSPOSTBOX", "GS Postbox 택배", "GS Postbox", "https://www.cvsnet.co.kr/invoice/tracking.do?invoice_no="},
	{"CVSNET", "CU 편의점택배", "CU Post", "https://www.cupost.co.kr/postbox/delivery/localResult.cupost?invoice_no="},
}

// CourierOf returns the courier that a carrier field names by code or by name.
func CourierOf(carrier string) (Courier, bool) {
	for _, c := range Couriers {
		if strings.EqualFold(carrier, c.Code) || strings.EqualFold(carrier, c.Name) ||
			strings.EqualFold(carrier, c.EnglishName) {
			return c, true
		}
	}
	return Courier{}, false
}

// TrackingURL returns the address of a parcel's progress, or nil for a carrier that is not one of Couriers.
func TrackingURL(carrier, number *string) *string {
	if carrier == nil || number == nil || *number == "" {
		return nil
	}
	c, ok := CourierOf(*carrier)
	if !ok {
		return nil
	}
	at := c.TrackingURL + url.QueryEscape(*number)
	return &at
}
